"""XHTML that is what the specification allows, and safe to show."""

from __future__ import annotations

import time

import pytest
from hearth_server.validation.narrative import narrative_faults
from hypothesis import given
from hypothesis import strategies as st


def _div(inner):
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'


@pytest.mark.parametrize(
    "markup",
    [
        _div("<p>a <b>b</b></p>"),
        _div('<table class="x"><tr><td colspan="2" style="color: red">a</td></tr></table>'),
        _div('<a href="http://example.org">a</a><a name="b">b</a><a href="#b">c</a>'),
        _div('<img src="#image" alt="x"/>'),
        _div('<img src="data:image/png;base64,AAAA" alt="x"/>'),
        _div("a &amp; b &lt; c &#160; &#xA9;"),
        _div("<!-- a comment --> b"),
        _div('<td style="background: url(stripes.png)">a</td>'),
        _div('<td style="background: url(data:image/png;base64,AAAA)">a</td>'),
        '<x:div xmlns:x="http://www.w3.org/1999/xhtml" xml:lang="de">a</x:div>',
        '  <div xmlns="http://www.w3.org/1999/xhtml" lang="de">a</div>\n',
    ],
)
def test_what_is_allowed_passes(markup):
    assert narrative_faults(markup) == []


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("text", "is not well-formed XHTML: syntax error (line 1, column 1)"),
        (_div("<p>a"), "is not well-formed XHTML: mismatched tag (line 1, column 49)"),
        ("<div>a</div>", 'must start with <div xmlns="http://www.w3.org/1999/xhtml">'),
        (
            _div("").replace("div", "p"),
            'must start with <div xmlns="http://www.w3.org/1999/xhtml">',
        ),
        (_div(" <p> </p>"), "has no text and no image (txt-2)"),
        (_div("<script>a()</script>"), "holds <script>, which is not allowed (txt-1)"),
        (_div("<SCRIPT>a()</SCRIPT>"), "holds <SCRIPT>, which is not allowed (txt-1)"),
        (_div("<style>p {}</style>a"), "holds <style>, which is not allowed (txt-1)"),
        (_div('<link rel="stylesheet"/>a'), "holds <link>, which is not allowed (txt-1)"),
        (_div('<iframe src="x"/>a'), "holds <iframe>, which is not allowed (txt-1)"),
        (_div("<form>a</form>"), "holds <form>, which is not allowed (txt-1)"),
        (_div("<input/>a"), "holds <input>, which is not allowed (txt-1)"),
        (_div('<object data="x"/>a'), "holds <object>, which is not allowed (txt-1)"),
        (_div("<body>a</body>"), "holds <body>, which is not allowed (txt-1)"),
        (
            _div('<svg xmlns="http://www.w3.org/2000/svg"/>a'),
            "holds <svg>, which is not allowed (txt-1)",
        ),
        (
            _div('<p onclick="a()">a</p>'),
            "holds the attribute onclick, which is not allowed (txt-1)",
        ),
        (
            _div('<a href="javascript:a()">a</a>'),
            "holds a link to 'javascript:', which is not allowed",
        ),
        (
            _div('<a href=" JaVa&#10;script:a()">a</a>'),
            "holds a link to 'JaVascript:', which is not allowed",
        ),
        (
            _div('<a href="data:text/html,x">a</a>'),
            "holds a link to 'data:', which is not allowed",
        ),
        (
            _div('<img src="data:text/html,x" alt="a"/>'),
            "holds a link to 'data:', which is not allowed",
        ),
        (
            _div('<p style="background: url(http://example.org/x)">a</p>'),
            "holds a style that reaches outside the narrative (txt-1)",
        ),
        (
            _div('<p style="background: url(//example.org/x)">a</p>'),
            "holds a style that reaches outside the narrative (txt-1)",
        ),
        (_div("&nbsp;a"), "holds &nbsp;, which XML does not know; write the character itself"),
        (_div("<u>a</u>"), "holds <u>, which is not allowed (txt-1)"),
        (
            '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + _div("&b;"),
            "holds a declaration or a processing instruction",
        ),
        (
            '<?xml-stylesheet href="x"?>' + _div("a"),
            "holds a declaration or a processing instruction",
        ),
    ],
)
def test_what_is_not_allowed_is_told(markup, fault):
    assert narrative_faults(markup)[0] == fault


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param(_div("<b>" * 50_000 + "a" + "</b>" * 50_000), id="deep"),
        pytest.param(_div("<b>" * 50_000), id="unclosed"),
        pytest.param(_div("<" * 200_000), id="brackets"),
        pytest.param(_div("&" + "a" * 200_000 + ";"), id="long-entity"),
        pytest.param(_div("<p " + "a" * 200_000 + '="x"/>a'), id="long-attribute"),
        pytest.param(_div(" " * 200_000), id="spaces"),
    ],
)
def test_a_hostile_narrative_is_judged_quickly(markup):
    start = time.process_time()

    narrative_faults(markup)

    assert time.process_time() - start < 0.5


@given(st.text(alphabet="<>/&;\"'= divpa!-[]?xmlns:#", max_size=60))
def test_any_text_is_judged(inner):
    assert isinstance(narrative_faults(_div(inner)), list)
    assert isinstance(narrative_faults(inner), list)
