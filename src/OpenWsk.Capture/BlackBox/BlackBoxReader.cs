// Reads a flight recorder's memory, mostly after its process has died. It is as hostile as the driver that
// may have written over it: every number is checked, and what makes no sense is left out. It knows nothing
// about how the process died; AutopsyText.cs puts both into words.
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>Opens black boxes.</summary>
public static class BlackBoxReader
{
    /// <summary>What the file holds; null when it is no black box.</summary>
    public static BlackBoxContents? TryRead(byte[] file)
    {
        if (file.Length < FlightLayout.FileBytes
            || MemoryMarshal.Read<ulong>(file) != FlightLayout.Magic)
            return null;
        var rings = Enumerable.Range(0, FlightLayout.RingCount).Select(i => file.AsSpan(
            FlightLayout.RingsOffset + i * FlightLayout.RingBytes, FlightLayout.RingBytes).ToArray());
        return Read(file, rings, static _ => null);
    }

    /// <summary>What memory of a recorder and some rings hold.</summary>
    internal static BlackBoxContents Read(
        ReadOnlySpan<byte> file, IEnumerable<byte[]> rings, Func<int, Routine?> findRoutine)
    {
        var reader = new RingReader(
            FlightTime.Read(file), findRoutine, ReadNames(file), ReadNotes(file));
        foreach (var ring in rings)
            reader.Add(ring);
        var isFinished = MemoryMarshal.Read<int>(file[FlightLayout.FinishedOffset..]) != 0;
        return new BlackBoxContents(isFinished, ReadDrivers(file), reader.Merge());
    }

    private static List<BlackBoxDriver> ReadDrivers(ReadOnlySpan<byte> file)
    {
        var count = MemoryMarshal.Read<int>(file[FlightLayout.DriverCountOffset..]);
        var drivers = new List<BlackBoxDriver>();
        for (var i = 0; i < Math.Clamp(count, 0, FlightLayout.DriversMax); i++)
        {
            var entry = file[(FlightLayout.DriversOffset + i * FlightLayout.DriverBytes)..];
            var name = entry[..FlightLayout.DriverNameBytes];
            var end = name.IndexOf((byte)0);
            drivers.Add(new BlackBoxDriver(
                Encoding.UTF8.GetString(end < 0 ? name : name[..end]),
                MemoryMarshal.Read<ulong>(entry[FlightLayout.DriverNameBytes..]),
                MemoryMarshal.Read<ulong>(entry[(FlightLayout.DriverNameBytes + 8)..])));
        }
        return drivers;
    }

    private static Dictionary<int, string> ReadNames(ReadOnlySpan<byte> file)
    {
        var rest = file.Slice(FlightLayout.NamesOffset, FlightLayout.NamesBytes);
        var names = new Dictionary<int, string>();
        while (rest.Length >= FlightLayout.NameHeadBytes)
        {
            var number = MemoryMarshal.Read<int>(rest);
            var end = FlightLayout.NameHeadBytes + rest[FlightLayout.NameHeadBytes - 1];
            if (number <= 0 || end > rest.Length)
                break;
            names[number] = Encoding.UTF8.GetString(rest[FlightLayout.NameHeadBytes..end]);
            rest = rest[end..];
        }
        return names;
    }

    private static Dictionary<ulong, string> ReadNotes(ReadOnlySpan<byte> file)
    {
        var notes = new Dictionary<ulong, string>();
        for (var i = 0; i < FlightLayout.NoteCount; i++)
        {
            var at = FlightLayout.NotesOffset + i * FlightNote.SizeBytes;
            var note = MemoryMarshal.Read<FlightNote>(file[at..]);
            if (note.Number > 0)
                notes[(ulong)note.Number] = note.Read();
        }
        return notes;
    }
}
