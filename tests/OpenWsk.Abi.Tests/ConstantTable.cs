// Reads the tables of src/OpenWsk.Abi/Tables: groups of constants with their C header and C# type.
// It knows nothing about the files that are made of them: see GeneratedFiles.cs.
namespace OpenWsk.Abi.Tests;

internal sealed record Constant(string Name, string Value);

internal sealed record ConstantGroup(string Header, string Type, string Title, List<Constant> Constants);

internal static class ConstantTable
{
    public static List<ConstantGroup> Read(string fileName)
    {
        var groups = new List<ConstantGroup>();
        foreach (var line in Repository.Read($"src/OpenWsk.Abi/Tables/{fileName}").Split('\n')) {
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == '@') {
                var parts = line.Split(' ', 4);
                groups.Add(new ConstantGroup(parts[1], parts[2], parts[3], []));
                continue;
            }

            var words = line.Split(' ');
            Assert.True(words.Length == 2, $"{fileName}: '{line}' is not a name and a value.");
            groups[^1].Constants.Add(new Constant(words[0], words[1]));
        }

        return groups;
    }

    /// <summary>Name, value and, for a second name of the same value, the first name.</summary>
    public static List<(string Name, uint Value, string? AliasOf)> ReadStatuses()
    {
        var statuses = new List<(string Name, uint Value, string? AliasOf)>();
        var aliases = new List<(string Name, string Other)>();
        foreach (var line in Repository.Read("src/OpenWsk.Abi/Tables/ntstatus.txt").Split('\n')) {
            if (line.Length == 0 || line[0] == '#') continue;
            var words = line.Split(' ');
            if (words[1] == "=") aliases.Add((words[0], words[2]));
            else statuses.Add((words[0], Convert.ToUInt32(words[1], 16), null));
        }

        foreach (var (name, other) in aliases)
            statuses.Add((name, statuses.Single(status => status.Name == other).Value, other));
        return statuses;
    }
}
