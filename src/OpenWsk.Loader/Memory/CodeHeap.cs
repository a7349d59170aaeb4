// Memory for our own machine code. No page is writable and executable at once: the same pages are mapped
// twice, in the arena to execute and elsewhere to write. Code is never freed: there is one thunk for each
// routine of the process. It knows nothing about instructions; see Machine/.
using System.Runtime.CompilerServices;
using Iced.Intel;

namespace OpenWsk.Loader;

/// <summary>Emits machine code into the arena.</summary>
internal sealed unsafe class CodeHeap
{
    /// <summary>Size of the range, used or not.</summary>
    public const uint HeapBytes = 16 << 20;

    private const uint Alignment = 16;
    private const byte Breakpoint = 0xCC;
    private readonly Lock _lock = new();
    private readonly nuint _toWrite;
    private uint _used;

    public CodeHeap(Arena arena)
    {
        Start = arena.Reserve(HeapBytes);
        var file = Interop.TryMakeMemoryFile("openwsk-code", HeapBytes);
        if (file >= 0)
        {
            const int Flags = Interop.MapShared | Interop.MapNoReserve;
            _toWrite = Interop.Map(0, HeapBytes, Interop.ProtRead | Interop.ProtWrite, Flags, file);
            Interop.Map(
                Start, HeapBytes, Interop.ProtRead | Interop.ProtExecute, Flags | Interop.MapFixed, file);
            Interop.Close(file);
            return;
        }
        // A host without memfd: the pages are writable and executable at once, as any JIT without W^X has
        // them.
        _toWrite = Start;
        Interop.Protect(Start, HeapBytes, Interop.ProtRead | Interop.ProtWrite | Interop.ProtExecute);
    }

    /// <summary>The lowest address.</summary>
    public nuint Start { get; }

    /// <summary>The address of the next routine to be emitted.</summary>
    public nuint End => Start + Volatile.Read(ref _used);

    /// <summary>Whether the address lies in code that was emitted.</summary>
    public bool Contains(nuint address) => address - Start < Volatile.Read(ref _used);

    /// <summary>Assembles a routine and returns its address.</summary>
    public nuint Emit(Action<Assembler> write)
    {
        var assembler = new Assembler(64);
        write(assembler);
        lock (_lock)
        {
            var code = new ByteListWriter();
            assembler.Assemble(code, Start + _used);
            var length = ((uint)code.Bytes.Count + Alignment - 1) & ~(Alignment - 1);
            if (_used + length > HeapBytes)
                throw new OutOfMemoryException("the heap for thunks is full");
            // Nothing executes these bytes before their address is returned, and the range is inside the
            // mapping.
            var destination = new Span<byte>((void*)(_toWrite + _used), (int)length);
            // Not Fill, which depends on the vectors' width, so that the runtime compiles it at start.
            Unsafe.InitBlock(ref destination[0], Breakpoint, length);
            code.Bytes.CopyTo(destination);
            var address = Start + _used;
            Volatile.Write(ref _used, _used + length);
            return address;
        }
    }

    private sealed class ByteListWriter : CodeWriter
    {
        public List<byte> Bytes { get; } = [];

        public override void WriteByte(byte value) => Bytes.Add(value);
    }
}
