// Event tracing in one world: who provides, who is listened to, and the events, which go to the world's
// observers. Nobody has to be listening for an event to be recorded, so that a trace shows what a driver that
// asks nobody writes; what somebody listens to is filtered by level and keywords. It knows nothing about what
// events hold: EtwPayload.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Providers and who listens to them.</summary>
public sealed class EtwService(Executive executive)
{
    // EVENT_CONTROL_CODE_DISABLE_PROVIDER and EVENT_CONTROL_CODE_ENABLE_PROVIDER.
    private const ulong Disable = 0;
    private const ulong EnableCode = 1;

    // What a classic callback gets: TRACE_ENABLE_CONTEXT; its eight bytes are the logger's handle.
    private const int ContextBytes = 8;
    private const ushort LoggerId = 1;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, EtwProvider> _providers = [];
    private readonly Dictionary<int, Guid> _activities = [];
    private readonly List<EtwEnabling> _enablings = [];
    private ulong _lastHandle;

    /// <summary>Listens to providers that are there, and to those that come.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL, since drivers' enable callbacks run in this call.</remarks>
    public void Enable(EtwEnabling enabling)
    {
        lock (_gate)
            _enablings.Add(enabling);
        foreach (var provider in All())
            Tell(provider);
    }

    /// <summary>Stops listening to what Enable was given.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL, since drivers' enable callbacks run in this call.</remarks>
    public void DisableAll()
    {
        lock (_gate)
            _enablings.Clear();
        foreach (var provider in All())
            Tell(provider);
    }

    internal ulong Register(EtwProvider provider)
    {
        ulong handle;
        lock (_gate)
        {
            handle = ++_lastHandle;
            _providers.Add(handle, provider);
        }
        Tell(provider);
        return handle;
    }

    internal bool Unregister(ulong handle)
    {
        lock (_gate)
            return _providers.Remove(handle);
    }

    internal EtwProvider? Find(ulong handle)
    {
        lock (_gate)
            return _providers.GetValueOrDefault(handle);
    }

    /// <summary>The provider's traits have told its name, by which somebody may be listening.</summary>
    internal void SetName(EtwProvider provider, string name)
    {
        provider.Name = name;
        Tell(provider);
    }

    /// <summary>Whether somebody listens to events of this level and these keywords.</summary>
    internal static bool IsEnabled(EtwProvider provider, byte level, ulong keyword) =>
        provider.Enabling is { } enabling && enabling.Hears(level, keyword);

    /// <summary>Records an event, unless somebody listens to its provider, but not to it.</summary>
    internal void Record(EtwProvider provider, byte level, ulong keyword, Func<string> describe)
    {
        if (executive.Observes(KernelEventKind.Trace) && (provider.Enabling?.Hears(level, keyword) ?? true))
            executive.Emit(KernelEvents.Trace(provider.ToString(), describe()));
    }

    /// <summary>The activity of the calling thread; empty when it has none.</summary>
    internal Guid Activity
    {
        get
        {
            lock (_gate)
                return _activities.GetValueOrDefault(executive.CurrentThread.Id);
        }
        set
        {
            lock (_gate)
                _activities[executive.CurrentThread.Id] = value;
        }
    }

    internal IEnumerable<Leftover> CollectLeftovers()
    {
        var left = All();
        if (left.Count != 0)
            yield return new Leftover("ETW provider", left.Count, 0, string.Join(", ", left));
    }

    private List<EtwProvider> All()
    {
        lock (_gate)
            return [.. _providers.Values];
    }

    // Several wishes for one provider are one to it: the highest level, all keywords.
    private EtwEnabling? WishFor(EtwProvider provider)
    {
        lock (_gate)
        {
            EtwEnabling? whole = null;
            foreach (var one in _enablings.Where(e => e.Covers(provider.Id, provider.Name)))
            {
                whole = whole is null ? one : new EtwEnabling(
                    one.Provider,
                    whole.Level == 0 || one.Level == 0 ? (byte)0 : Math.Max(whole.Level, one.Level),
                    whole.Keywords == 0 || one.Keywords == 0 ? 0 : whole.Keywords | one.Keywords);
            }
            return whole;
        }
    }

    private void Tell(EtwProvider provider)
    {
        var wish = WishFor(provider);
        if (wish == provider.Enabling)
            return;
        provider.Enabling = wish;
        if (provider.Callback == 0)
            return;
        var id = executive.Heap.Allocate(16);
        try
        {
            GuestMemory.Write(id, provider.IsClassic ? provider.Id : Guid.Empty);
            // Level 0 stands for every one here; drivers compare levels as numbers.
            var level = wish is { Level: 0 } ? byte.MaxValue : wish?.Level ?? 0;
            var keywords = wish is { Keywords: 0 } ? ulong.MaxValue : wish?.Keywords ?? 0;
            var code = wish is null ? Disable : EnableCode;
            if (provider.IsClassic)
                TellClassic(provider, id, code, level, keywords);
            else
                executive.Code.Call(
                    provider.Callback, [id, code, level, keywords, 0, 0, provider.Context]);
        }
        finally
        {
            executive.Heap.TryFree(id);
        }
    }

    private void TellClassic(EtwProvider provider, nuint id, ulong code, byte level, ulong keywords)
    {
        var context = executive.Heap.Allocate(ContextBytes);
        try
        {
            GuestMemory.Write(context, LoggerId);
            GuestMemory.Write(context + 2, level);
            GuestMemory.Write(context + 4, (uint)keywords);
            executive.Code.Call(provider.Callback, [id, code, context, provider.Context]);
        }
        finally
        {
            executive.Heap.TryFree(context);
        }
    }
}
