// Tells drivers of changes: compares the host's tables with what they were, and calls back at PASSIVE_LEVEL
// on
// a system worker thread, one change a call. Cancelling waits for the callback that runs. It knows nothing
// about
// how the host is watched: INetworkInterfaces. Next: MibNotification.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>The registrations of one world.</summary>
internal sealed class MibNotifier : IInterfaceEvents
{
    private const int HandleBytes = 16;
    private const int RowBytesMax = 168;

    // MIB_NOTIFICATION_TYPE.
    private const uint ParameterNotification = 0;
    private const uint AddInstance = 1;
    private const uint DeleteInstance = 2;
    private const uint InitialNotification = 3;
    private readonly Executive _executive;
    private readonly ITransport _transport;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<nuint, MibNotification> _all = [];
    private readonly Queue<(MibNotification To, uint Kind, Action<nuint>? Fill)> _pending = new();
    private readonly nuint _deliver;
    private HostTables? _known;
    private bool _isDelivering;

    public MibNotifier(Executive executive, ITransport transport)
    {
        _executive = executive;
        _transport = transport;
        _deliver = executive.Code.Register(_ => Deliver());
    }

    /// <summary>Registers a callback; it is called at once, without a row, when it wants to be.</summary>
    public nuint Add(MibSubject subject, ushort family, nuint callback, nuint context, bool isCalledAtOnce)
    {
        var handle = _executive.Heap.Allocate(HandleBytes);
        var added = new MibNotification(subject, family, callback, context, handle);
        bool isFirst;
        lock (_gate)
        {
            isFirst = _known is null;
            _known ??= HostTables.Take(_transport);
            _all.Add(handle, added);
        }
        if (isFirst)
            _transport.Interfaces?.Watch(this);
        if (isCalledAtOnce)
            Queue([(added, InitialNotification, null)]);
        return handle;
    }

    /// <summary>Ends a registration and waits for its callback; false when there is none.</summary>
    public bool Cancel(nuint handle)
    {
        ManagedEvent? idle = null;
        lock (_gate)
        {
            if (!_all.Remove(handle, out var ended))
                return false;
            ended.IsCancelled = true;
            if (ended.Running != 0)
            {
                if (ended.RunningThread == _executive.CurrentThread.Id)
                    throw _executive.Stop(
                        "CancelMibChangeNotify2 was called from the callback that it waits for: a deadlock");
                ended.Idle = idle = new ManagedEvent(_executive);
            }
        }
        idle?.Wait();
        idle?.Dispose();
        _executive.Heap.TryFree(handle);
        return true;
    }

    /// <summary>The world ends.</summary>
    public void Unwatch()
    {
        if (_known is not null)
            _transport.Interfaces?.Watch(null);
    }

    public void OnInterfacesChanged()
    {
        var now = HostTables.Take(_transport);
        var told = new List<(MibNotification To, uint Kind, Action<nuint>? Fill)>();
        lock (_gate)
        {
            if (_known is not { } before)
                return;
            _known = now;
            foreach (var one in _all.Values)
                told.AddRange(Changes(one, before, now).Select(c => (one, c.Kind, (Action<nuint>?)c.Fill)));
        }
        Queue(told);
    }

    public IEnumerable<Leftover> CollectLeftovers()
    {
        int count;
        lock (_gate)
            count = _all.Count;
        if (count != 0)
            yield return new Leftover("MIB notification", count, 0, "never given to CancelMibChangeNotify2");
    }

    private static IEnumerable<(uint Kind, Action<nuint> Fill)> Changes(
        MibNotification one, HostTables before, HostTables now) => one.Subject switch
        {
            MibSubject.Address => Compare(
                before.UnicastOf(one.Family), now.UnicastOf(one.Family),
                a => (a.Address.InterfaceIndex, a.Address.Address), a => a.Address.PrefixLength,
                (place, a) => MibRows.Fill(
                    ref new GuestPtr<MIB_UNICASTIPADDRESS_ROW>(place).Value, a.Address, a.On)),
            MibSubject.Route => Compare(
                before.RoutesOf(one.Family), now.RoutesOf(one.Family),
                r => (r.Route.InterfaceIndex, r.Route.Prefix, r.Route.PrefixLength, r.Route.NextHop),
                r => r.Route.Metric,
                (place, r) => MibRows.Fill(
                    ref new GuestPtr<MIB_IPFORWARD_ROW2>(place).Value, r.Route, r.On)),
            _ => Compare(
                before.FamiliesOf(one.Family), now.FamiliesOf(one.Family),
                i => (i.Family, i.One.Index), i => (i.One.Mtu, i.One.IsUp),
                (place, i) => MibRows.Fill(
                    ref new GuestPtr<MIB_IPINTERFACE_ROW>(place).Value, i.Family, i.One)),
        };

    private static IEnumerable<(uint Kind, Action<nuint> Fill)> Compare<T, TKey, TValue>(
        IEnumerable<T> before,
        IEnumerable<T> now,
        Func<T, TKey> keyOf,
        Func<T, TValue> valueOf,
        Action<nuint, T> fill)
        where TKey : notnull
    {
        var old = before.DistinctBy(keyOf).ToDictionary(keyOf);
        foreach (var one in now.DistinctBy(keyOf))
        {
            if (!old.Remove(keyOf(one), out var was))
                yield return (AddInstance, place => fill(place, one));
            else if (!EqualityComparer<TValue>.Default.Equals(valueOf(one), valueOf(was)))
                yield return (ParameterNotification, place => fill(place, one));
        }
        foreach (var gone in old.Values)
            yield return (DeleteInstance, place => fill(place, gone));
    }

    private void Queue(IReadOnlyList<(MibNotification To, uint Kind, Action<nuint>? Fill)> told)
    {
        lock (_gate)
        {
            foreach (var one in told)
                _pending.Enqueue(one);
            if (_isDelivering || _pending.Count == 0)
                return;
            _isDelivering = true;
        }
        _executive.Workers.Queue(new QueuedWork(_deliver, 0, 0, 0, _deliver));
    }

    // One thread delivers, so that changes are told in their order.
    private ulong Deliver()
    {
        var row = _executive.Heap.Allocate(RowBytesMax);
        try
        {
            while (TryTake(out var to, out var kind, out var fill))
            {
                fill?.Invoke(row);
                try
                {
                    _executive.Code.Call(to.Callback, [to.Context, fill is null ? 0 : row, kind]);
                }
                finally
                {
                    End(to);
                }
            }
            return 0;
        }
        finally
        {
            _executive.Heap.TryFree(row);
        }
    }

    private bool TryTake(out MibNotification to, out uint kind, out Action<nuint>? fill)
    {
        lock (_gate)
        {
            while (_pending.TryDequeue(out var next))
            {
                (to, kind, fill) = next;
                if (to.IsCancelled)
                    continue;
                to.Running++;
                to.RunningThread = _executive.CurrentThread.Id;
                return true;
            }
            _isDelivering = false;
            (to, kind, fill) = (null!, 0, null);
            return false;
        }
    }

    private void End(MibNotification to)
    {
        ManagedEvent? idle;
        lock (_gate)
        {
            to.Running--;
            to.RunningThread = 0;
            idle = to.Idle;
        }
        idle?.Set();
    }
}
