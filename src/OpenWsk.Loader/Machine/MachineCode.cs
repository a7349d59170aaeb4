// All machine code of the process: the arena, the heap of thunks and the thunks themselves, made when first
// asked for. Worlds share it, because the runtime's unmanaged entries are the process's too: a thunk finds
// its world through the thread. It knows nothing about worlds or images. Emitters: EntryThunks, ImportThunks,
// FaultThunks, SignalStub, SpecialCode.
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>The process's thunks.</summary>
internal sealed unsafe class MachineCode
{
    /// <summary>The most arguments that a call into guest code can have.</summary>
    public const int ArgumentsMax = 16;

    private static readonly Lazy<MachineCode> s_shared = new(() => new MachineCode());
    private readonly Lock _lock = new();
    private readonly nuint[] _entries = new nuint[ArgumentsMax + 1];
    private readonly ConcurrentDictionary<Routine, nuint> _imports = new();
    private readonly Dictionary<Routine, nuint> _fast = [];
    private readonly List<(nuint Start, nuint End, string Name)> _named = [];
    private readonly Stack<ThreadBlock> _blocks = new();
    private readonly nuint _setGsBase;
    private readonly nuint _readFs;

    private MachineCode()
    {
        Arena = new Arena();
        Code = new CodeHeap(Arena);
        Abandon = Code.Emit(EntryThunks.WriteAbandon);
        var dispatcher = (nuint)(delegate* unmanaged<ulong>)&NativeCode.OnException;
        var dispatch = Code.Emit(a => FaultThunks.WriteDispatch(a, dispatcher, Abandon));
        Raise = Code.Emit(a => FaultThunks.WriteRaise(a, dispatch, Abandon));
        SafeCopy = Code.Emit(FaultThunks.WriteSafeCopy);
        var safeCopyFailed = Code.Emit(FaultThunks.WriteSafeCopyFailed);
        CheckStack = Code.Emit(SpecialCode.WriteCheckStack);
        GuardCheck = Code.Emit(SpecialCode.WriteGuardCheck);
        GuardDispatch = Code.Emit(SpecialCode.WriteGuardDispatch);
        _setGsBase = Interop.CanWriteGsBase ? Code.Emit(SpecialCode.WriteSetGsBase) : 0;
        _readFs = Code.Emit(SpecialCode.WriteReadFs);
        TimeStamp = SpecialCode.CountsTime ? Code.Emit(SpecialCode.WriteTimeStamp) : 0;
        FaultSignals.Install(this, dispatch, SafeCopy, safeCopyFailed);
    }

    /// <summary>Whether driver binaries can run in this process at all.</summary>
    public static bool IsSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>The process's machine code.</summary>
    /// <remarks>Errors: PlatformNotSupportedException anywhere but on Linux x64.</remarks>
    public static MachineCode Shared =>
        IsSupported
            ? s_shared.Value
            : throw new PlatformNotSupportedException(
                "driver binaries run on Linux x64 only; managed clients run here without them");

    public Arena Arena { get; }

    public CodeHeap Code { get; }

    public nuint Abandon { get; }

    /// <summary>Where an import thunk goes that must not return.</summary>
    public nuint Raise { get; }

    /// <summary>The copy that may fail; see GuestCopy.</summary>
    public nuint SafeCopy { get; }

    public nuint CheckStack { get; }

    /// <summary>Returns the processor's time stamp; 0 where that does not count time.</summary>
    public nuint TimeStamp { get; }

    public nuint GuardCheck { get; }

    public nuint GuardDispatch { get; }

    /// <summary>The thunk that calls guest code with that many arguments.</summary>
    public delegate* unmanaged<nuint, ulong*, ulong> Entry(int argumentCount)
    {
        var entries = _entries;
        Invariant.That((uint)argumentCount < (uint)entries.Length);
        var entry = entries[argumentCount];
        if (entry == 0)
            entry = EmitEntry(argumentCount);
        return (delegate* unmanaged<nuint, ulong*, ulong>)entry;
    }

    /// <summary>The address at which guest code can call a routine.</summary>
    public nuint Import(Routine routine)
    {
        if (_imports.TryGetValue(routine, out var address))
            return address;
        lock (_lock)
        {
            if (!_imports.TryGetValue(routine, out address))
            {
                var count = routine.Parameters.Count;
                address = Import(routine.ToString(), (nuint)routine.NativeEntry, count, routine.IsVariadic);
                _imports[routine] = address;
            }
            return address;
        }
    }

    /// <summary>The routine as machine code; all but the plain case goes to the C# routine.</summary>
    public nuint Fast(Routine routine, FastWriter write)
    {
        var plain = Import(routine);
        lock (_lock)
        {
            if (!_fast.TryGetValue(routine, out var address))
            {
                address = Code.Emit(a => write(a, plain));
                _named.Add((address, Code.End, routine.ToString()));
                _fast[routine] = address;
            }
            return address;
        }
    }

    /// <summary>A thunk to an unmanaged entry of our own.</summary>
    public nuint Import(string name, nuint entry, int parameterCount, bool isVariadic)
    {
        lock (_lock)
        {
            var number = _named.Count;
            var start = Code.Emit(
                a => ImportThunks.Write(a, entry, parameterCount, isVariadic, number, Raise));
            _named.Add((start, Code.End, name));
            return start;
        }
    }

    /// <summary>The name of the routine whose thunk holds the address, or null.</summary>
    public string? NameOf(nuint address)
    {
        if (!Code.Contains(address))
            return null;
        lock (_lock)
            return _named.Find(thunk => address >= thunk.Start && address < thunk.End).Name;
    }

    /// <summary>The name of the routine that a thunk's frame names by its number, or null.</summary>
    public string? NameOfImport(int number)
    {
        lock (_lock)
            return number >= 0 && number < _named.Count ? _named[number].Name : null;
    }

    /// <summary>Sets what gs points to on the calling thread.</summary>
    public void SetGsBase(nuint value)
    {
        // Two instructions that cannot fault, block or call back, so the runtime need not be told of the
        // call.
        if (_setGsBase != 0)
            ((delegate* unmanaged[SuppressGCTransition]<nuint, void>)_setGsBase)(value);
        else
            Interop.SetGsBase(value);
    }

    /// <summary>What fs:0 holds on the calling thread: different on each.</summary>
    public nuint ReadFs() => ((delegate* unmanaged[SuppressGCTransition]<nuint>)_readFs)();

    /// <summary>The address of the thunk with that number.</summary>
    public nuint AddressOfImport(int number)
    {
        lock (_lock)
            return number >= 0 && number < _named.Count ? _named[number].Start : 0;
    }

    public ThreadBlock RentBlock()
    {
        lock (_blocks)
        {
            if (_blocks.TryPop(out var block))
                return block;
        }
        return new ThreadBlock();
    }

    public void ReturnBlock(ThreadBlock block)
    {
        lock (_blocks)
            _blocks.Push(block);
    }

    private nuint EmitEntry(int argumentCount)
    {
        lock (_lock)
        {
            if (_entries[argumentCount] == 0)
                _entries[argumentCount] = Code.Emit(a => EntryThunks.WriteEntry(a, argumentCount));
            return _entries[argumentCount];
        }
    }
}
