import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.plugins.ExtensiblePlugin;
import org.opensearch.plugins.Plugin;

/** Runs one OpenSearch node on loopback, its files below the folder given, until input ends. */
public final class Launcher {
    private static final List<String> PLUGINS = List.of(
        "transport.Netty4Plugin", "painless.PainlessPlugin",
        "analysis.common.CommonAnalysisPlugin", "index.reindex.ReindexPlugin",
        "index.mapper.MapperExtrasPlugin", "join.ParentJoinPlugin", "percolator.PercolatorPlugin",
        "script.expression.ExpressionPlugin", "script.mustache.MustachePlugin",
        "ingest.common.IngestCommonPlugin",
        "search.aggregations.matrix.MatrixAggregationPlugin",
        "index.rankeval.RankEvalPlugin", "geo.GeoModulePlugin",
        "search.pipeline.common.SearchPipelineCommonModulePlugin");

    private static final class Embedded extends Node {
        Embedded(Settings settings, Collection<Class<? extends Plugin>> plugins) {
            super(
                InternalSettingsPreparer.prepareEnvironment(
                    settings, Map.of(), null, () -> "hearth"),
                plugins, false);
        }
    }

    /** Painless knows no extension but those of its own module. */
    private static final ExtensiblePlugin.ExtensionLoader NOTHING =
        new ExtensiblePlugin.ExtensionLoader() {
            @Override
            public <T> List<T> loadExtensions(Class<T> extensionPointType) {
                return List.of();
            }
        };

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Settings settings = Settings.builder()
            .put("cluster.name", "hearth")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[1])
            .put("transport.port", 0)
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("path.logs", home.resolve("logs").toString())
            .put("node.store.allow_mmap", false)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("cluster.max_shards_per_node", 10000)
            .build();
        new PainlessPlugin().loadExtensions(NOTHING);
        List<Class<? extends Plugin>> plugins = new java.util.ArrayList<>();
        for (String name : PLUGINS) {
            plugins.add(Class.forName("org.opensearch." + name).asSubclass(Plugin.class));
        }
        Node node = new Embedded(settings, plugins);
        node.start();
        HttpServerTransport http = node.injector().getInstance(HttpServerTransport.class);
        System.out.println("port " + http.boundAddress().publishAddress().getPort());
        System.out.flush();
        while (System.in.read() != -1) {
            // the parent process says nothing; the end of its life ends ours
        }
        node.close();
        System.exit(0);
    }
}
