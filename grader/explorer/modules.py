"""Join JavaScript modules into one script: a page that is opened from disk may not import others."""

import re

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.M)


def joined(folder, entry):
    """One script of a module and all that it imports, each once, and after those that it imports itself.

    The modules share one scope then, so a name may stand at the top of only one of them; nothing is renamed.

    Parameters
    ----------
    folder : Path
    entry : str, the module's file name. Imports have the form ``import { a, b } from "./other.js";``

    Returns
    -------
    script : str

    Raises
    ------
    ValueError
        If modules import each other in a circle, an import has another form, or a name stands at the top of two modules.
    """
    parts = {}
    _add(folder, entry, parts, ())
    owners = {}
    for name, code in parts.items():
        for top in re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", code, re.M):
            if top in owners:
                raise ValueError(f"{top} stands at the top of {owners[top]} and of {name}: rename one of them")
            owners[top] = name
    return "\n".join(f"// ---- {name}\n{code.strip()}\n" for name, code in parts.items())


def _add(folder, name, parts, within):
    if name in within:
        raise ValueError(f"{' imports '.join((*within, name))}: modules may not import each other in a circle")
    if name in parts:
        return
    code = (folder / name).read_text(encoding="utf-8")
    for other in _IMPORT.findall(code):
        _add(folder, other, parts, (*within, name))
    code = re.sub(r"^export ", "", _IMPORT.sub("", code), flags=re.M)
    if found := re.search(r"^(?:import|export)\b.*", code, re.M):
        raise ValueError(f'{name}: {found[0]!r} should have the form import {{ a, b }} from "./other.js";')
    parts[name] = code
