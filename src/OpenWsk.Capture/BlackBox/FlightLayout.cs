// Where what lies in a flight recorder's memory, which may be a black box's file. It knows nothing about
// writing and reading: FlightRecorder.cs, BlackBoxReader.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>Offsets and sizes, in bytes.</summary>
internal static class FlightLayout
{
    public const ulong Magic = 0x3230_4258_4B53_574F; // "OWSKXB02" in the file's first bytes
    public const int HeaderBytes = 4096;
    public const int FinishedOffset = 8;
    public const int DriverCountOffset = 12;

    // Two moments in ticks and in nanoseconds: what lies between them says how long a tick is.
    public const int FirstMomentOffset = 16;
    public const int LastMomentOffset = 32;

    public const int DriversOffset = 64;
    public const int DriverBytes = 96;
    public const int DriverNameBytes = 80;
    public const int DriversMax = (HeaderBytes - DriversOffset) / DriverBytes;

    // Names of routines, one after the other: number, length, bytes; number 0 ends them.
    public const int NamesOffset = HeaderBytes;
    public const int NamesBytes = 96 * 1024;
    public const int NameHeadBytes = 5;
    public const int NameBytesMax = byte.MaxValue;

    public const int NotesOffset = NamesOffset + NamesBytes;
    public const int NoteCount = 64;

    // A ring: its thread's id, and at the next cache line its records.
    public const int RingsOffset = NotesOffset + NoteCount * FlightNote.SizeBytes;
    public const int RingHeadBytes = 64;
    public const int RingBytes = RingHeadBytes + FlightRing.SizeBytes;
    public const int RingCount = 32;

    public const int FileBytes = RingsOffset + RingCount * RingBytes;
}
