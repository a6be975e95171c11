// Judges FHIR R4 resources with the HAPI validator: one resource a line in, base64 of its JSON;
// one line of JSON out. Arguments: IG packages (.tgz) that lie on the class path.

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.NpmPackageValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirDefaultPolicyAdvisor;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r5.elementmodel.Element;
import org.hl7.fhir.r5.elementmodel.Manager;
import org.hl7.fhir.r5.model.CanonicalResource;
import org.hl7.fhir.r5.model.CanonicalType;
import org.hl7.fhir.r5.utils.validation.IResourceValidator;
import org.hl7.fhir.r5.utils.validation.IValidationPolicyAdvisor;
import org.hl7.fhir.r5.utils.validation.IValidatorResourceFetcher;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;
import org.hl7.fhir.validation.instance.InstanceValidator;

public class Judge {
  public static void main(String[] packages) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    FhirValidator validator = validator(packages);
    out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String text = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
      long start = System.nanoTime();
      StringBuilder answer = new StringBuilder("{");
      try {
        List<SingleValidationMessage> messages =
            validator.validateWithResult(text).getMessages();
        long spent = (System.nanoTime() - start) / 1000;
        answer.append("\"microseconds\":").append(spent).append(",\"issues\":[");
        for (int i = 0; i < messages.size(); i++) {
          answer.append(i == 0 ? "" : ",").append(issue(messages.get(i)));
        }
        answer.append("]}");
      } catch (Throwable fault) {
        answer.append("\"fault\":").append(quoted(String.valueOf(fault))).append("}");
      }
      out.println(answer);
    }
  }

  private static FhirValidator validator(String[] packages) throws Exception {
    FhirContext context = FhirContext.forR4Cached();
    ValidationSupportChain chain =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new SnapshotGeneratingValidationSupport(context));
    for (String each : packages) {
      NpmPackageValidationSupport support = new NpmPackageValidationSupport(context);
      support.loadPackageFromClasspath("classpath:" + each);
      chain.addValidationSupport(0, support);
    }
    chain.addValidationSupport(new UnknownCodeSystemWarningValidationSupport(context));
    FhirInstanceValidator module = new FhirInstanceValidator(chain);
    module.setValidatorPolicyAdvisor(new TypesOfReferences());
    module.setValidatorResourceFetcher(new Stubs());
    return context.newValidator().registerValidatorModule(module);
  }

  private static String issue(SingleValidationMessage message) {
    return "{\"severity\":" + quoted(message.getSeverity().getCode())
        + ",\"location\":" + quoted(message.getLocationString())
        + ",\"id\":" + quoted(message.getMessageId())
        + ",\"text\":" + quoted(message.getMessage()) + "}";
  }

  private static String quoted(String text) {
    if (text == null) {
      return "null";
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (char each : text.toCharArray()) {
      if (each == '"' || each == '\\') {
        quoted.append('\\').append(each);
      } else if (each < 32 || each > 126) {
        quoted.append(String.format("\\u%04x", (int) each));
      } else {
        quoted.append(each);
      }
    }
    return quoted.append('"').toString();
  }

  /** Asks that what a reference points at has a type that is allowed, and no more. */
  private static class TypesOfReferences extends FhirDefaultPolicyAdvisor {
    @Override
    public ReferenceValidationPolicy policyForReference(
        IResourceValidator validator, Object context, String path, String url,
        IValidationPolicyAdvisor.ReferenceDestinationType destination) {
      return ReferenceValidationPolicy.CHECK_TYPE_IF_EXISTS;
    }
  }

  /** Answers each reference with an empty resource of the type that its URL names. */
  private static class Stubs implements IValidatorResourceFetcher {
    private static final Pattern LITERAL =
        Pattern.compile("(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\\-.]{1,64})(?:/_history/.*)?");

    @Override
    public Element fetch(IResourceValidator validator, Object context, String url) {
      Matcher matcher = LITERAL.matcher(url);
      if (!matcher.matches()) {
        return null;
      }
      String stub = "{\"resourceType\":\"" + matcher.group(1) + "\",\"id\":\"" + matcher.group(2) + "\"}";
      try {
        return Manager.parseSingle(
            ((InstanceValidator) validator).getContext(),
            new ByteArrayInputStream(stub.getBytes(StandardCharsets.UTF_8)),
            Manager.FhirFormat.JSON);
      } catch (Exception fault) {
        return null;
      }
    }

    @Override
    public boolean resolveURL(
        IResourceValidator validator, Object context, String path, String url, String type,
        boolean canonical, List<CanonicalType> targets) {
      return true;
    }

    @Override
    public byte[] fetchRaw(IResourceValidator validator, String url) {
      return null;
    }

    @Override
    public IValidatorResourceFetcher setLocale(Locale locale) {
      return this;
    }

    @Override
    public CanonicalResource fetchCanonicalResource(
        IResourceValidator validator, Object context, String url) {
      return null;
    }

    @Override
    public boolean fetchesCanonicalResource(IResourceValidator validator, String url) {
      return false;
    }

    @Override
    public Set<ResourceVersionInformation> fetchCanonicalResourceVersions(
        IResourceValidator validator, Object context, String url) {
      return Set.of();
    }
  }
}
