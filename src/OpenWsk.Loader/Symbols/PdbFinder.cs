// Finds the PDB that belongs to an image: beside the driver, and in the folders that the user names, plain
// or as a symbol store has them (name.pdb/KEY/name.pdb). The path that the linker wrote is not followed: a
// driver file must not choose which files we open. It knows nothing about what a PDB holds.
namespace OpenWsk.Loader;

/// <summary>Looks for PDB files.</summary>
internal static class PdbFinder
{
    private const long FileBytesMax = 1L << 30;

    /// <summary>The symbols of the image's PDB; null when none was found that belongs to it.</summary>
    public static SymbolTable? Read(
        SymbolImage image, PdbIdentity identity, IEnumerable<string> folders, SymbolBudget budget,
        List<string> notes, out string path)
    {
        foreach (var candidate in folders.SelectMany(folder => Candidates(folder, identity)).Distinct())
        {
            path = candidate;
            var file = new FileInfo(candidate);
            if (!file.Exists || (file.Attributes & (FileAttributes.Device | FileAttributes.Directory)) != 0)
                continue;
            if (TryRead(image, identity, file, budget, notes) is { } table)
                return table;
        }
        path = "";
        return null;
    }

    private static SymbolTable? TryRead(
        SymbolImage image, PdbIdentity identity, FileInfo file, SymbolBudget budget, List<string> notes)
    {
        try
        {
            if (file.Length > FileBytesMax)
                throw new SymbolFormatException("it is larger than 1 GB");
            var pdb = new PdbFile(File.ReadAllBytes(file.FullName), budget);
            if (pdb.Belongs(identity))
                return PdbSymbols.Read(image, pdb, budget);
            notes.Add($"{file.Name} is of another build: it is {pdb.Guid:D} age {pdb.Age}, "
                + $"the driver names {identity.Guid:D} age {identity.Age}");
        }
        catch (Exception e) when (e is SymbolFormatException or IOException or UnauthorizedAccessException)
        {
            notes.Add($"{file.Name} cannot be used: {e.Message}");
        }
        return null;
    }

    private static IEnumerable<string> Candidates(string folder, PdbIdentity identity)
    {
        var name = identity.FileName;
        // A driver's record is hostile input: no name of folders, no empty one.
        if (name.Length == 0 || name is "." or ".." || name.Contains('\0'))
            yield break;
        yield return Path.Combine(folder, name);
        yield return Path.Combine(folder, name, identity.StoreKey, name);
    }
}
