// What ZwQueryDirectoryFile writes: one record for each entry of a folder, each with the distance to the
// next. The first call fixes the list and the pattern. It knows nothing about handles.
using System.IO.Enumeration;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Lists folders.</summary>
internal static class FolderListing
{
    // Where the name begins in each information class, and the class numbers (ntifs.h).
    private const int DirectoryClass = 1;
    private const int FullClass = 2;
    private const int BothClass = 3;
    private const int NamesClass = 12;

    public static IoOutcome Query(
        FileService files, FileBody body, IoBuffer target, int information, bool isSingle, string pattern,
        bool isRestart)
    {
        var nameOffset = information switch
        {
            DirectoryClass => 64u,
            FullClass => 68u,
            BothClass => 94u,
            NamesClass => 12u,
            _ => 0u,
        };
        if (nameOffset == 0)
            return new IoOutcome(NTSTATUS.STATUS_INVALID_INFO_CLASS, 0);
        var isFirst = body.Enumeration is null;
        if (isFirst || isRestart)
            body.Enumeration = (EntriesOf(files, body, pattern), 0);
        var (entries, next) = body.Enumeration!.Value;
        if (next == entries.Count)
            return new IoOutcome(
                isFirst ? NTSTATUS.STATUS_NO_SUCH_FILE : NTSTATUS.STATUS_NO_MORE_FILES, 0);
        uint used = 0, last = 0, end = 0;
        for (; next < entries.Count && (!isSingle || end == 0); next++)
        {
            var bytes = nameOffset + (uint)(2 * entries[next].Name.Length);
            if (used + bytes > target.LengthBytes)
                break;
            if (end != 0)
                GuestMemory.Write(target.Address + last, used - last);
            WriteEntry(target.Address + used, entries[next], information, nameOffset);
            (last, end) = (used, used + bytes);
            used = (end + 7) & ~7u;
        }
        body.Enumeration = (entries, next);
        return end == 0 ? new IoOutcome(NTSTATUS.STATUS_BUFFER_OVERFLOW, 0)
            : new IoOutcome(NTSTATUS.STATUS_SUCCESS, end);
    }

    private static List<FileFacts> EntriesOf(FileService files, FileBody body, string pattern)
    {
        var entries = files.Tree.List(body.Node.Path).ToList();
        if (body.Node.Path.Length != 0)
        {
            var self = files.Tree.Find(body.Node.Path) ?? default;
            entries.InsertRange(0, [self with { Name = "." }, self with { Name = ".." }]);
        }
        if (pattern.Length != 0)
            entries.RemoveAll(e => !FileSystemName.MatchesWin32Expression(pattern, e.Name));
        return entries;
    }

    private static void WriteEntry(nuint at, in FileFacts facts, int information, uint nameOffset)
    {
        GuestMemory.Span(at, (int)nameOffset).FillGuest((byte)0);
        var nameBytes = (uint)(2 * facts.Name.Length);
        if (information == NamesClass)
        {
            GuestMemory.Write(at + 8, nameBytes);
        }
        else
        {
            FileInformationRoutines.WriteTimes(at + 8, facts);
            GuestMemory.Write(at + 40, facts.LengthBytes);
            GuestMemory.Write(at + 48, (facts.LengthBytes + 4095) & ~4095L);
            GuestMemory.Write(at + 56, FileInformationRoutines.AttributesOf(facts));
            GuestMemory.Write(at + 60, nameBytes);
        }
        facts.Name.CopyToGuest(GuestMemory.Chars(at + nameOffset, facts.Name.Length));
    }
}
