// Every structure has the same size, alignment and offsets in C#, in the C headers and in the documents,
// for each compiler that builds drivers. Drivers' inlined macros read these structures in place.
// It knows nothing about behaviour; how C# and C are read is in ManagedLayout.cs and Probe.cs.
namespace OpenWsk.Abi.Tests.Layout;

public sealed class LayoutTests
{
    [CompilerFact(Target.ClangMsvc)]
    public void Layouts_agree_with_clang_for_msvc() => CheckLayouts(Target.ClangMsvc);

    [CompilerFact(Target.ClangMingw)]
    public void Layouts_agree_with_clang_for_mingw() => CheckLayouts(Target.ClangMingw);

    [CompilerFact(Target.GccMingw)]
    public void Layouts_agree_with_mingw_gcc() => CheckLayouts(Target.GccMingw);

    [CompilerFact(Target.ClangMsvc)]
    public void Documented_layouts_agree_with_clang_for_msvc() => CheckDocuments(Target.ClangMsvc);

    [CompilerFact(Target.GccMingw)]
    public void Documented_layouts_agree_with_mingw_gcc() => CheckDocuments(Target.GccMingw);

    [Fact]
    public void Documented_sizes_are_those_of_the_managed_structures()
    {
        var structures = ManagedLayout.Structures().ToDictionary(type => type.Name);
        foreach (var line in Repository.Read("tests/OpenWsk.Abi.Tests/documented-layouts.txt").Split('\n')) {
            if (line.Length == 0 || line[0] is '#' or '.') continue;
            var words = line.Split(' ');
            if (words[0] == "GUID") continue; // System.Guid has its layout
            Assert.True(structures.TryGetValue(words[0], out var structure), $"{words[0]} is missing in C#.");
            Assert.Equal((words[0], ulong.Parse(words[1])), (words[0], ManagedLayout.SizeOf(structure)));
            Assert.Equal((words[0], ulong.Parse(words[2])), (words[0], ManagedLayout.AlignmentOf(structure)));
        }
    }

    private static void CheckLayouts(Target target)
    {
        var probe = new Probe();
        foreach (var structure in ManagedLayout.Structures()) {
            var name = structure.Name;
            if (!ManagedLayout.HasOwnTail(structure))
                probe.Add($"sizeof({name})", $"size of {name}", ManagedLayout.SizeOf(structure));
            probe.Add($"__alignof__({name})", $"alignment of {name}", ManagedLayout.AlignmentOf(structure));
            foreach (var field in ManagedLayout.Fields(structure)) {
                var path = ManagedLayout.PathInC(structure, field.Name);
                probe.Add($"__builtin_offsetof({name}, {path})", $"offset of {name}.{field.Name}",
                    ManagedLayout.OffsetOf(structure, field));
                probe.Add($"sizeof((({name} *)0)->{path})", $"size of {name}.{field.Name}",
                    ManagedLayout.SizeOf(field.FieldType));
            }
        }

        probe.Check(target);
    }

    private static void CheckDocuments(Target target)
    {
        var probe = new Probe();
        var structure = "";
        foreach (var line in Repository.Read("tests/OpenWsk.Abi.Tests/documented-layouts.txt").Split('\n')) {
            if (line.Length == 0 || line[0] == '#') continue;
            var words = line.Split(' ');
            var (first, second) = (ulong.Parse(words[1]), ulong.Parse(words[2]));
            if (line[0] != '.') {
                structure = words[0];
                probe.Add($"sizeof({structure})", $"size of {structure}", first);
                probe.Add($"__alignof__({structure})", $"alignment of {structure}", second);
                continue;
            }

            var member = words[0][1..];
            probe.Add($"__builtin_offsetof({structure}, {member})", $"offset of {structure}.{member}", first);
            probe.Add($"sizeof((({structure} *)0)->{member})", $"size of {structure}.{member}", second);
        }

        probe.Check(target);
    }
}
