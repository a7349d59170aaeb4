// One io_uring: its two queues in memory shared with the kernel, and the calls that move them on. Used by one
// thread, the one that enabled it (single issuer); only IsReady-style reads of the queues happen there too.
// It knows nothing about sockets or buffers. Next: ProvidedBuffers.cs, UringLoop.cs.
//
// Lifetime: the mappings live from the constructor to Dispose. What submissions point to belongs to whoever
// made them until their completion came; Dispose therefore comes after everything has been cancelled.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OpenWsk.Net.Uring.Interop;

namespace OpenWsk.Net.Uring.Ring;

/// <summary>A ring.</summary>
internal sealed unsafe class UringRing : IDisposable
{
    private const int Eintr = 4;
    private const int Eagain = 11;
    private const int Ebusy = 16;
    private const int Etime = 62;
    private const long NsPerSecond = 1_000_000_000;

    private readonly int _descriptor;
    private readonly byte* _rings;
    private readonly nuint _ringsBytes;
    private readonly Submission* _submissions;
    private readonly nuint _submissionsBytes;
    private readonly uint* _sqHead;
    private readonly uint* _sqTail;
    private readonly uint* _sqFlags;
    private readonly uint _sqMask;
    private readonly uint _sqEntries;
    private readonly uint* _cqHead;
    private readonly uint* _cqTail;
    private readonly uint _cqMask;
    private readonly Completion* _completions;
    private int _enterDescriptor;
    private uint _enterFlags;
    private uint _tail;
    private uint _submitted;
    private uint _head;
    private bool _isDisposed;

    private UringRing(int descriptor, in RingParameters parameters)
    {
        _descriptor = _enterDescriptor = descriptor;
        _ringsBytes = Math.Max(
            parameters.SqArray + parameters.SqEntries * sizeof(uint),
            parameters.Cqes + parameters.CqEntries * (uint)sizeof(Completion));
        _rings = UringCalls.Map(descriptor, UringNumbers.OffsetRings, _ringsBytes);
        _submissionsBytes = parameters.SqEntries * (nuint)sizeof(Submission);
        _submissions = (Submission*)UringCalls.Map(descriptor, UringNumbers.OffsetSqes, _submissionsBytes);
        if (_rings == null || _submissions == null)
        {
            Dispose();
            throw new InvalidOperationException("The memory of an io_uring could not be mapped.");
        }
        _sqHead = (uint*)(_rings + parameters.SqHead);
        _sqTail = (uint*)(_rings + parameters.SqTail);
        _sqFlags = (uint*)(_rings + parameters.SqFlags);
        _sqMask = *(uint*)(_rings + parameters.SqMask);
        _sqEntries = parameters.SqEntries;
        _cqHead = (uint*)(_rings + parameters.CqHead);
        _cqTail = (uint*)(_rings + parameters.CqTail);
        _cqMask = *(uint*)(_rings + parameters.CqMask);
        _completions = (Completion*)(_rings + parameters.Cqes);
        if ((parameters.Flags & UringNumbers.SetupNoSqArray) == 0)
        {
            // The kernel would let submissions be in another order than their places; ours never are.
            for (var i = 0u; i < _sqEntries; i++)
            {
                ((uint*)(_rings + parameters.SqArray))[i] = i;
            }
        }
    }

    /// <summary>Submissions made and not handed to the kernel yet.</summary>
    public uint Pending => _tail - _submitted;

    /// <summary>Calls of io_uring_enter so far.</summary>
    public long Enters { get; private set; }

    /// <summary>Whether completions can be taken.</summary>
    public bool HasCompletions
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref *_cqTail) != _head;
    }

    /// <summary>Makes a ring that <see cref="Enable"/> starts; null, with the errno, when refused.</summary>
    /// <remarks>Owns: the caller disposes it. Errors: those of io_uring_setup(2).</remarks>
    public static UringRing? TryCreate(uint sqEntries, uint cqEntries, out int errno)
    {
        var flags = UringNumbers.SetupCqSize | UringNumbers.SetupClamp | UringNumbers.SetupDisabled
            | UringNumbers.SetupSubmitAll | UringNumbers.SetupTaskRunFlag | UringNumbers.SetupSingleIssuer
            | UringNumbers.SetupDeferTaskRun | UringNumbers.SetupNoSqArray;
        RingParameters parameters;
        int descriptor;
        do
        {
            parameters = new RingParameters { Flags = flags, CqEntries = cqEntries };
            descriptor = UringCalls.Setup(sqEntries, &parameters);

            // Linux 6.6 has it; the ring is the same without.
            flags &= ~UringNumbers.SetupNoSqArray;
        }
        while (descriptor < 0 && (parameters.Flags & UringNumbers.SetupNoSqArray) != 0);
        errno = descriptor < 0 ? -descriptor : 0;
        const uint Needed =
            UringNumbers.FeatureSingleMmap | UringNumbers.FeatureNoDrop | UringNumbers.FeatureExtArg;
        if (descriptor >= 0 && (parameters.Features & Needed) != Needed)
        {
            UringCalls.Close(descriptor);
            errno = 38;
            return null;
        }
        return descriptor < 0 ? null : new UringRing(descriptor, parameters);
    }

    /// <summary>Starts the ring; the calling thread is its only user from here on.</summary>
    public void Enable()
    {
        var result = Register(UringNumbers.RegisterEnableRings, null, 0);
        if (result < 0)
        {
            throw new InvalidOperationException($"IORING_REGISTER_ENABLE_RINGS: errno {-result}.");
        }

        // Spares the look-up of the descriptor at each enter; nothing is lost where it fails.
        var update = new ResourceUpdate { Offset = uint.MaxValue, Data = (ulong)_descriptor };
        if (Register(UringNumbers.RegisterRingFds, &update, 1) == 1)
        {
            _enterDescriptor = (int)update.Offset;
            _enterFlags = UringNumbers.EnterRegisteredRing;
        }
    }

    /// <summary>io_uring_register(2).</summary>
    public int Register(uint operation, void* argument, uint count) =>
        UringCalls.Register(_descriptor, operation, argument, count);

    /// <summary>A cleared submission, which goes to the kernel with the next <see cref="Submit"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Submission* Next()
    {
        if (_tail - Volatile.Read(ref *_sqHead) == _sqEntries)
        {
            MakeRoom();
        }
        var submission = _submissions + (_tail & _sqMask);
        *submission = default;
        _tail++;
        return submission;
    }

    /// <summary>Hands to the kernel what was queued, without waiting.</summary>
    public void Submit()
    {
        if (Pending != 0)
        {
            Enter(0, 0, null, 0);
        }
    }

    /// <summary>The same, and has the kernel post what it has, if there is either.</summary>
    public void SubmitAndPoll()
    {
        const uint Waiting = UringNumbers.SqTaskRun | UringNumbers.SqCqOverflow;
        if (Pending != 0 || (Volatile.Read(ref *_sqFlags) & Waiting) != 0)
        {
            Poll();
        }
    }

    /// <summary>Hands over what was queued and has the kernel post what it has.</summary>
    public void Poll() => Enter(0, UringNumbers.EnterGetEvents, null, 0);

    /// <summary>
    /// Hands over what was queued and waits until there is a completion or the time is over.
    /// </summary>
    /// <param name="timeoutNs">Negative: no limit.</param>
    public void Wait(long timeoutNs)
    {
        TimeSpec time;
        time.Seconds = timeoutNs / NsPerSecond;
        time.Nanoseconds = timeoutNs % NsPerSecond;
        var argument = new WaitArgument { Timeout = timeoutNs < 0 ? 0 : (ulong)&time };
        Enter(
            1,
            UringNumbers.EnterGetEvents | UringNumbers.EnterExtArg,
            &argument,
            (nuint)sizeof(WaitArgument));
    }

    /// <summary>Takes the oldest completion; false when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(out Completion completion)
    {
        if (_head == Volatile.Read(ref *_cqTail))
        {
            completion = default;
            return false;
        }
        completion = _completions[_head & _cqMask];
        Volatile.Write(ref *_cqHead, ++_head);
        return true;
    }

    /// <summary>Unmaps and closes the ring.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }
        _isDisposed = true;
        if (_rings != null)
        {
            UringCalls.Unmap(_rings, _ringsBytes);
        }
        if (_submissions != null)
        {
            UringCalls.Unmap((byte*)_submissions, _submissionsBytes);
        }
        UringCalls.Close(_descriptor);
    }

    // A queue that is full is handed over in the middle of a turn.
    private void MakeRoom()
    {
        Submit();
        if (_tail - Volatile.Read(ref *_sqHead) == _sqEntries)
        {
            throw new InvalidOperationException("The kernel takes no submissions from a full ring.");
        }
    }

    private void Enter(uint wanted, uint flags, void* argument, nuint argumentBytes)
    {
        Volatile.Write(ref *_sqTail, _tail);
        Enters++;
        var result = UringCalls.Enter(
            _enterDescriptor, Pending, wanted, flags | _enterFlags, argument, argumentBytes);

        // The kernel has taken what its head says, whatever the call returned.
        _submitted = Volatile.Read(ref *_sqHead);
        if (result < 0 && -result is not (Eintr or Eagain or Ebusy or Etime))
        {
            throw new InvalidOperationException($"io_uring_enter: errno {-result}.");
        }
    }
}
