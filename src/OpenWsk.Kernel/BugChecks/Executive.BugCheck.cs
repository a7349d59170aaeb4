// A bug check: the guest did what Windows answers by stopping the machine. Here it stops the guest, with the
// name, number and parameters that the driver's author knows; the first one is kept as data for reports. It
// knows nothing about reports. Next: ../Executive.Stop.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private BugCheck? _lastBugCheck;
    private BugCheckCallbacks? _bugCheckCallbacks;

    /// <summary>What drivers want called at a bug check.</summary>
    internal BugCheckCallbacks BugCheckCallbacks =>
        LazyInitializer.EnsureInitialized(ref _bugCheckCallbacks, () => new BugCheckCallbacks(this));

    /// <summary>The bug check that stopped the guest; null while there was none.</summary>
    public BugCheck? LastBugCheck => Volatile.Read(ref _lastBugCheck);

    /// <summary>
    /// Raised once, before <see cref="Stopped"/>, on the thread of the fault while guest memory is as it was.
    /// Handlers must not block and must not throw.
    /// </summary>
    public event Action<BugCheck>? BugChecked;

    /// <summary>Stops the guest as a bug check would; throw what it returns.</summary>
    public GuestStoppedException BugCheck(BugCheckCode code, string detail) =>
        BugCheck(new BugCheck(code) { Detail = detail });

    /// <summary>Stops the guest as a bug check would; throw what it returns.</summary>
    /// <remarks>
    /// A check without a snapshot gets one of the guest code that called the routine running now.
    /// </remarks>
    public GuestStoppedException BugCheck(BugCheck check)
    {
        // The first one counts, as on Windows, where there is no second.
        if (StopReason is not null)
            return new GuestStoppedException(StopReason);
        if (_bugCheckCallbacks is { IsInside: true })
            return new GuestStoppedException(check.ToString());
        if (check.Snapshot is null)
            check = check with { Snapshot = Code.Native?.TakeSnapshot() };
        if (Interlocked.CompareExchange(ref _lastBugCheck, check, null) is null)
        {
            BugChecked?.Invoke(check);
            _bugCheckCallbacks?.Run();
        }
        return Stop(LastBugCheck!.ToString());
    }

    /// <summary>
    /// Runs code of ours that follows pointers in structures which the guest can write to, on no call of the
    /// guest's: one that leads nowhere is a bug check.
    /// </summary>
    /// <remarks>Errors: GuestStoppedException.</remarks>
    public T FollowGuest<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (Code.Native?.ExplainHostFault(e) is { } check)
        {
            throw BugCheck(check);
        }
    }
}
