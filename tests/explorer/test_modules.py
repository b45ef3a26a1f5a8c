"""JavaScript modules become one script: what is imported comes first, once, and nothing unclear is joined."""

import pytest

from grader.explorer.modules import joined
from grader.explorer.page import SOURCES


@pytest.fixture
def write(tmp_path):
    def write(**modules):
        for name, code in modules.items():
            (tmp_path / f"{name}.js").write_text(code)
        return tmp_path

    return write


def test_what_is_imported_comes_first_and_once(write):
    folder = write(
        app='import { f } from "./f.js";\nimport { g } from "./g.js";\nf(g());\n',
        f='import { g } from "./g.js";\n\nexport function f() { return g(); }\n',
        g="export const g = () => 1;\n",
    )
    script = joined(folder, "app.js")
    assert script.index("const g") < script.index("function f") < script.index("f(g())")
    assert script.count("const g") == 1 and "import" not in script and "export" not in script


def test_a_circle_is_refused(write):
    folder = write(a='import { b } from "./b.js";\n', b='import { a } from "./a.js";\n')
    with pytest.raises(ValueError, match=r"a\.js imports b\.js imports a\.js: .* in a circle"):
        joined(folder, "a.js")


def test_a_name_at_the_top_of_two_modules_is_refused(write):
    folder = write(a='import { f } from "./b.js";\nconst x = f;\n', b="const x = 1;\nexport const f = x;\n")
    with pytest.raises(ValueError, match=r"x stands at the top of b\.js and of a\.js"):
        joined(folder, "a.js")


@pytest.mark.parametrize("line", ['import f from "./f.js";', 'import * as f from "./f.js";', 'import "./f.js";'])
def test_another_form_is_refused(write, line):
    with pytest.raises(ValueError, match=r"a\.js: .* should have the form"):
        joined(write(a=f"{line}\n"), "a.js")


def test_every_source_is_in_the_page():
    script = joined(SOURCES, "app.js")
    for path in SOURCES.glob("*.js"):
        assert f"// ---- {path.name}\n" in script
