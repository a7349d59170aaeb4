// One entry of a flight recorder's ring: two cache lines of plain numbers, so that it can lie in a file that
// is read after the process has died. A call and its return are one record. It knows nothing about rings
// (FlightRing.Unsafe.cs) and nothing about words for it (OpenWsk.Capture).
using System.Runtime.InteropServices;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>One call, callback, completion or note.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FlightRecord
{
    /// <summary>Bytes of a record.</summary>
    public const int SizeBytes = 128;

    /// <summary>The bit of <see cref="End"/> for what was left by an exception.</summary>
    public const int AbandonedBit = 0x8000;

    private const int KindShift = 24;
    private const int ArgumentsShift = 32;
    private const int IrqlShift = 40;
    internal const int EndShift = 48;

    /// <summary>The record's place in the thread's order, from 1; 0 while it is written.</summary>
    public ulong Sequence;

    /// <summary>When it began, in ticks of the recorder.</summary>
    public ulong Stamp;

    /// <summary>Routine, kind, argument count, IRQL and end.</summary>
    public ulong What;

    /// <summary>What was returned.</summary>
    public ulong Result;

    /// <summary>What was passed; of a callback the code's address comes first.</summary>
    public EventArguments Arguments;

    /// <summary>Number of the routine; see <see cref="Kernel.Routine.Number"/>.</summary>
    public readonly int Routine => (int)What & 0xFF_FFFF;

    public readonly KernelEventKind Kind => (KernelEventKind)(byte)(What >> KindShift);

    public readonly int ArgumentCount => (byte)(What >> ArgumentsShift);

    public readonly byte Irql => (byte)(What >> IrqlShift);

    /// <summary>
    /// 0 while the call has not come back; else 1 and the number of records that had begun since.
    /// </summary>
    public readonly int End => (int)(What >> EndShift) & ~AbandonedBit;

    /// <summary>Whether an exception ended the call.</summary>
    public readonly bool IsAbandoned => ((int)(What >> EndShift) & AbandonedBit) != 0;

    /// <summary>The word of a record without its routine.</summary>
    public static ulong Describe(KernelEventKind kind, int argumentCount, byte irql) =>
        (ulong)kind << KindShift | (ulong)argumentCount << ArgumentsShift | (ulong)irql << IrqlShift;

    /// <summary>The word of a call.</summary>
    public static ulong DescribeCall(ulong routine, int argumentCount, byte irql) =>
        routine | Describe(KernelEventKind.Call, argumentCount, irql);
}
