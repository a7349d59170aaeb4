// A list of constant C expressions with the value that each must have; a compiler computes them into a
// section of an object file, from where they are read and compared. Nothing is run, so any target can be
// probed. It knows nothing about structures or constants: LayoutTests.cs and ConstantTests.cs make the
// expressions.
using System.Text;

namespace OpenWsk.Abi.Tests.Layout;

internal sealed class Probe
{
    private const string Section = ".owprobe";

    private readonly List<(string Expression, string What, ulong Expected)> _items = [];

    public void Add(string expression, string what, ulong expected) =>
        _items.Add((expression, what, expected));

    public void Check(Target target)
    {
        Assert.NotEmpty(_items);
        var source = new StringBuilder(
            "#include <ntifs.h>\n#include <wsk.h>\n#include <bcrypt.h>\n#include <netioapi.h>\n");
        source.Append($"__attribute__((section(\"{Section}\"), used))\n");
        source.Append("const unsigned long long probe[] = {\n");
        foreach (var (expression, _, _) in _items)
            source.Append($"    (unsigned long long)({expression}),\n");
        source.Append("};\n");
        var values = CoffSection.ReadWords(Toolchain.Compile(target, source.ToString()), Section);

        var wrong = _items.Zip(values).Where(pair => pair.First.Expected != pair.Second)
            .Select(pair =>
                $"{pair.First.What}: 0x{pair.First.Expected:X} here, 0x{pair.Second:X} for the compiler")
            .ToList();
        Assert.True(wrong.Count == 0, $"{target}:\n{string.Join('\n', wrong)}");
        Assert.True(values.Length >= _items.Count, "The section is shorter than the list.");
    }
}
