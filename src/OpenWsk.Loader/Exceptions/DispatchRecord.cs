// One dispatch of an exception that is under way on a thread, for whoever looks at the thread's stack
// meanwhile: where the stopped stretch of guest frames goes on. Records of one thread form a list, innermost
// first. It is host memory, so the guest cannot damage it. It knows nothing about handlers.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>One dispatch under way.</summary>
/// <param name="hostRsp">Entry frame of the stretch that was stopped.</param>
/// <param name="original">Its registers when it was stopped.</param>
/// <param name="current">The frame that unwinding has reached.</param>
/// <remarks>Both contexts live in the dispatcher's frame, as the record does.</remarks>
internal sealed unsafe class DispatchRecord(
    ThreadBlock block, nuint hostRsp, CONTEXT* original, CONTEXT* current)
{
    public ThreadBlock Block { get; } = block;

    public nuint HostRsp { get; } = hostRsp;

    public CONTEXT* Original { get; } = original;

    public CONTEXT* Current { get; } = current;

    /// <summary>Whether Original's Rip follows a call, as it does when a routine of C# raises.</summary>
    public bool IsRaised { get; init; }

    /// <summary>Whether handlers are being told to clean up, rather than asked.</summary>
    public bool IsUnwinding { get; set; }

    /// <summary>Whether Current is a caller of the frame that was stopped.</summary>
    public bool IsCurrentCaller { get; set; }

    /// <summary>Frame of the handler that runs, and how far it has come in its table.</summary>
    public ulong Establisher { get; set; }

    public uint ScopeIndex { get; set; }

    /// <summary>Whether that frame has made a call, rather than been stopped itself.</summary>
    public bool IsHandlerOfCaller { get; set; }

    public DispatchRecord? Outer { get; init; }

    /// <summary>Where a walk of the stretch begins: what has been unwound is no longer there.</summary>
    public CONTEXT* ResumePoint => IsUnwinding ? Current : Original;

    public bool IsAtReturnAddress => IsRaised || (IsUnwinding && IsCurrentCaller);

    /// <summary>The innermost dispatch of a stretch, or null.</summary>
    public static DispatchRecord? Find(ThreadBlock block, nuint hostRsp)
    {
        for (var record = block.Dispatch; record is not null; record = record.Outer)
        {
            if (record.HostRsp == hostRsp)
                return record;
        }
        return null;
    }

    public int Depth
    {
        get
        {
            var depth = 1;
            for (var record = Outer; record is not null; record = record.Outer)
                depth++;
            return depth;
        }
    }
}
