// An import that nobody implements, as guest code meets it: a small stub in the image's own range that names
// the import and the caller and goes on to one entry of ours. There the driver is stopped, or, where the user
// asked for it by name, the call returns a fixed status and is counted. See NativeCode.Missing.cs for the
// entry.
// Divergence from Windows: there a driver with an import that nobody exports is not loaded at all.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>An import without an implementation, and what a call of it does.</summary>
public sealed class MissingImport
{
    /// <summary>Room for one stub.</summary>
    internal const int StubBytes = 32;

    private int _calls;

    internal MissingImport(ImageImport import, NTSTATUS? answer)
    {
        Import = import;
        Answer = answer;
        Routine = new Routine(
            import.Library,
            import.Name,
            SupportLevel.Stub,
            "not implemented",
            Irql.High,
            null,
            CallClass.Local,
            "NTSTATUS",
            [],
            false,
            static () => 0,
            static (_, _) =>
                throw new InvalidOperationException("a missing import is called through its stub only"),
            RoutineNumbers.Take());
    }

    public ImageImport Import { get; }

    /// <summary>What a call returns; null when a call stops the driver.</summary>
    public NTSTATUS? Answer { get; }

    /// <summary>How often it was called.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The name that trace events carry.</summary>
    internal Routine Routine { get; }

    /// <summary>What to do about it, for people.</summary>
    internal string Advice(RoutineTable routines) =>
        routines.HasLibrary(Import.Library)
        || !Import.Library.EndsWith(".sys", StringComparison.OrdinalIgnoreCase)
            ? "is not implemented; see `openwsk compat`"
            : $"is not there; load {Import.Library} too, if it is a driver";

    internal void CountCall() => Interlocked.Increment(ref _calls);

    /// <summary>
    /// Writes the stub: the caller's address and the import's number go to the common thunk.
    /// </summary>
    internal static void WriteStub(Span<byte> destination, int number, nuint thunk)
    {
        destination.Fill(0xCC);
        ReadOnlySpan<byte> loadCaller = [0x48, 0x8B, 0x14, 0x24]; // mov rdx, [rsp]
        loadCaller.CopyTo(destination);
        destination[4] = 0xB9; // mov ecx, number
        BinaryPrimitives.WriteInt32LittleEndian(destination[5..], number);
        destination[9] = 0x48; // mov rax, thunk
        destination[10] = 0xB8;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[11..], thunk);
        destination[19] = 0xFF; // jmp rax
        destination[20] = 0xE0;
    }
}
