// Reads a black box after its process has died. The file is as hostile as the driver that may have written
// over it: every number is checked, and a slot that makes no sense is left out. It knows nothing about how
// the process died; AutopsyText.cs puts both into words.
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>A driver as the black box knows it.</summary>
public sealed record BlackBoxDriver(string Name, ulong Start, ulong LengthBytes);

/// <summary>An event as the black box kept it.</summary>
public sealed record BlackBoxEvent(
    KernelEventKind Kind, int ThreadId, byte Irql, long TimeNs, string Text, ulong Value,
    IReadOnlyList<ulong> Arguments);

/// <summary>What a black box holds.</summary>
/// <param name="IsFinished">The process had told everything before it ended.</param>
/// <param name="Drivers">In the order in which they were loaded.</param>
/// <param name="Events">The last ones, oldest first.</param>
public sealed record BlackBoxContents(
    bool IsFinished, IReadOnlyList<BlackBoxDriver> Drivers, IReadOnlyList<BlackBoxEvent> Events)
{
    /// <summary>Names an address by the driver that it lies in, or as a bare number.</summary>
    public string NameAddress(ulong address)
    {
        var driver = Drivers.FirstOrDefault(d => address - d.Start < d.LengthBytes);
        return driver is null ? $"0x{address:x}" : $"{driver.Name}+0x{address - driver.Start:x}";
    }
}

/// <summary>Opens black boxes.</summary>
public static class BlackBoxReader
{
    /// <summary>What the file holds; null when it is no black box.</summary>
    public static BlackBoxContents? TryRead(ReadOnlySpan<byte> file)
    {
        if (file.Length < BlackBoxRecorder.FileBytes
            || MemoryMarshal.Read<ulong>(file) != BlackBoxRecorder.Magic)
            return null;
        var isFinished = MemoryMarshal.Read<int>(file[BlackBoxRecorder.FinishedOffset..]) != 0;
        return new BlackBoxContents(isFinished, ReadDrivers(file), ReadEvents(file));
    }

    private static List<BlackBoxDriver> ReadDrivers(ReadOnlySpan<byte> file)
    {
        var count = MemoryMarshal.Read<int>(file[BlackBoxRecorder.DriverCountOffset..]);
        var drivers = new List<BlackBoxDriver>();
        for (var i = 0; i < Math.Clamp(count, 0, BlackBoxRecorder.DriversMax); i++)
        {
            var entry = file[(BlackBoxRecorder.DriversOffset + i * BlackBoxRecorder.DriverBytes)..];
            var name = entry[..BlackBoxRecorder.DriverNameBytes];
            var end = name.IndexOf((byte)0);
            drivers.Add(new BlackBoxDriver(
                Encoding.UTF8.GetString(end < 0 ? name : name[..end]),
                MemoryMarshal.Read<ulong>(entry[BlackBoxRecorder.DriverNameBytes..]),
                MemoryMarshal.Read<ulong>(entry[(BlackBoxRecorder.DriverNameBytes + 8)..])));
        }
        return drivers;
    }

    private static List<BlackBoxEvent> ReadEvents(ReadOnlySpan<byte> file)
    {
        var slots = new List<BlackBoxSlot>();
        for (var i = 0; i < BlackBoxRecorder.SlotCount; i++)
        {
            var at = BlackBoxRecorder.HeaderBytes + i * BlackBoxSlot.SizeBytes;
            var slot = MemoryMarshal.Read<BlackBoxSlot>(file[at..]);
            if (slot.Sequence > 0 && slot.Kind <= (byte)KernelEventKind.Stopped)
                slots.Add(slot);
        }
        slots.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        return slots.ConvertAll(static slot => new BlackBoxEvent(
            (KernelEventKind)slot.Kind, slot.ThreadId, slot.Irql, slot.TimeNs, slot.ReadText(), slot.Value,
            slot.ReadArguments()));
    }
}
