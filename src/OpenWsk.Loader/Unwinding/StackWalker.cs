// Walks the guest's frames of one thread, from where it is to its first entry, across the C# routines between
// them. It knows nothing about who asks: reports, pool blocks, RtlCaptureStackBackTrace.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Walks guest stacks of one world.</summary>
internal sealed unsafe class StackWalker(NativeCode native)
{
    /// <summary>The most frames that a walk gives, so that a damaged stack ends.</summary>
    public const int FramesMax = 128;

    /// <summary>The frames from a stopped instruction on, innermost first.</summary>
    [SkipLocalsInit]
    public IReadOnlyList<StackFrame> Walk(ThreadBlock block, CONTEXT* context)
    {
        CONTEXT work;
        work = *context;
        var hostRsp = block.Word(ThreadBlock.HostRsp);
        var frames = new List<StackFrame>();
        if (hostRsp == 0)
            return frames;
        Walk(new FrameCursor(native, block, &work, hostRsp, isReturnAddress: false), frames);
        return frames;
    }

    /// <summary>The frames under a routine of C# that guest code has called, innermost first.</summary>
    [SkipLocalsInit]
    public IReadOnlyList<StackFrame> WalkCallers(ThreadBlock block)
    {
        CONTEXT work;
        var frames = new List<StackFrame>();
        if (TryBegin(block, &work, out var cursor, out var routine))
        {
            AddRoutine(frames, routine);
            Walk(cursor, frames);
        }
        return frames;
    }

    /// <summary>Return addresses of the same frames, without the routines; returns how many.</summary>
    [SkipLocalsInit]
    public int Capture(ThreadBlock block, Span<nuint> addresses)
    {
        CONTEXT work;
        if (!TryBegin(block, &work, out var cursor, out _))
            return 0;
        var count = 0;
        for (var steps = 0; count < addresses.Length && steps < FramesMax; steps++)
        {
            switch (cursor.Locate())
            {
                case FrameKind.Boundary when cursor.TryCross(out _, out _):
                    continue;
                case FrameKind.Boundary or FrameKind.Nowhere:
                    return count;
            }
            addresses[count++] = native.OriginalAddress((nuint)work.Rip);
            if (!cursor.TryUnwind(out _))
                return count;
        }
        return count;
    }

    private bool TryBegin(ThreadBlock block, CONTEXT* work, out FrameCursor cursor, out int routine)
    {
        var hostRsp = block.Word(ThreadBlock.HostRsp);
        cursor = new FrameCursor(native, block, work, hostRsp, isReturnAddress: true);
        routine = -1;
        return hostRsp != 0
            && cursor.TryEnter(hostRsp, block.Word(ThreadBlock.GuestRsp), out _, out routine);
    }

    private void Walk(FrameCursor cursor, List<StackFrame> frames)
    {
        while (frames.Count < FramesMax)
        {
            var kind = cursor.Locate();
            if (kind == FrameKind.Boundary)
            {
                if (!cursor.TryCross(out _, out var routine))
                    return;
                AddRoutine(frames, routine);
                continue;
            }
            frames.Add(FrameAt(cursor));
            if (kind == FrameKind.Nowhere || !cursor.TryUnwind(out _))
                return;
        }
    }

    private StackFrame FrameAt(FrameCursor cursor)
    {
        var address = native.OriginalAddress((nuint)cursor.Context->Rip);
        var stackPointer = (nuint)cursor.Context->Rsp;
        return cursor.Image is { } mapped
            ? new StackFrame(address, stackPointer, mapped.Image.Name, address - mapped.Start, null)
            : new StackFrame(address, stackPointer, null, 0, native.NameOfThunk(address));
    }

    private void AddRoutine(List<StackFrame> frames, int routine)
    {
        if (routine >= 0)
            frames.Add(new StackFrame(0, 0, null, 0, native.NameOfImport(routine)));
    }
}
