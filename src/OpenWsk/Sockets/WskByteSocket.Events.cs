// The events of a connection as C# sees them: received data as an async stream without copies, the peer's
// disconnection, changes of the ideal send backlog. It enables the callbacks and hands on what they have put
// down; it knows nothing about what runs on the dispatcher: Events/ConnectionEvents.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

public abstract partial class WskByteSocket
{
    private const int TailBytes = 16 * 1024;

    private readonly bool _hasEventsUnasked;
    private ConnectionEvents? _events;
    private volatile bool _isReceiving;
    private int _enumerations;

    private ConnectionEvents Events
    {
        get
        {
            if (_events is { } known)
                return known;
            var events = Callbacks.Connections(Context);
            events.Retention.Attach(this, Functions.Release);
            return _events = events;
        }
    }

    /// <summary>
    /// The data that arrives, piece by piece, in the provider's memory (WskReceiveEvent), until the peer
    /// disconnects.
    /// </summary>
    /// <param name="cancellation">Ends the enumeration; the connection and its data stay.</param>
    /// <remarks>
    /// Owns: each piece keeps provider memory until it is disposed. When much waits to be taken, the provider
    /// is told to hold further data back. Completes: after the last byte before a graceful disconnection.
    /// Errors: <see cref="WskException"/> with STATUS_CONNECTION_RESET after a reset;
    /// <see cref="ObjectDisposedException"/> when the socket is disposed; <see
    /// cref="InvalidOperationException"/> for a second enumeration at the same time. An enumeration that ends
    /// early loses nothing: the next one, or <see cref="ReceiveAsync"/>, goes on where it stopped.
    /// </remarks>
    public async IAsyncEnumerable<WskReceivedData> ReceiveAllAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref _enumerations, 1) != 0)
            throw new InvalidOperationException("The data of this connection is being enumerated already.");
        try
        {
            var events = Events;
            BeginReceiving(events);
            do
            {
                while (events.TryTake(out var entry, out var mayResume))
                {
                    if (mayResume)
                        Resume();
                    yield return new WskReceivedData(entry);
                    cancellation.ThrowIfCancellationRequested();
                }
            }
            while (await events.Data.WaitAsync(cancellation).ConfigureAwait(false));
            // What was refused is still to come, and how the connection ended is a receive's to tell.
            while (true)
            {
                var buffer = new byte[TailBytes];
                var count =
                    await Receive(buffer, WskReceiveFlags.None, cancellation).ConfigureAwait(false);
                if (count == 0)
                    yield break;
                var entry = events.Retention.Rent();
                entry.Show(buffer.AsMemory(0, count));
                yield return new WskReceivedData(entry);
            }
        }
        finally
        {
            await EndReceiving().ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the peer disconnects (WskDisconnectEvent).</summary>
    /// <returns>How it did. A disconnection of ours is not told.</returns>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when not connected.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed meanwhile.</exception>
    public async ValueTask<WskDisconnection> WaitForDisconnectAsync(CancellationToken cancellation = default)
    {
        var events = Events;
        if (!events.Disconnection.IsCompleted)
            EnableEvents(WskEvents.Disconnect);
        return await events.Disconnection.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// The ideal send backlog whenever it changes (WskSendBacklogEvent), until the socket is disposed.
    /// Units: bytes.
    /// </summary>
    /// <remarks>A consumer that is slow misses the oldest values.</remarks>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when not connected.</exception>
    public async IAsyncEnumerable<long> SendBacklogsAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var backlogs = Events.Backlogs;
        EnableEvents(WskEvents.SendBacklog);
        while (await backlogs.WaitAsync(cancellation).ConfigureAwait(false))
        {
            while (backlogs.TryTake(out var bytes))
                yield return bytes;
        }
    }

    private protected override ValueTask OnClosing()
    {
        // Static and inherited events may come although C# has never asked for any, until they find this
        // closed.
        var events = _hasEventsUnasked ? Events : _events;
        events?.Close(GetType().Name);
        return ValueTask.CompletedTask;
    }

    private void BeginReceiving(ConnectionEvents events)
    {
        EnableEvents(WskEvents.Receive | WskEvents.Disconnect);
        _isReceiving = true;
        if (events.TryResume())
            Resume();
    }

    // Static events cannot be disabled, and on a socket that is closed or broken there is nothing to disable.
    private async ValueTask EndReceiving()
    {
        try
        {
            if (_isReceiving && (Client.StaticEvents & WskEvents.Receive) == 0)
                await DisableEventAsync(WskEvents.Receive).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ObjectDisposedException or WskException)
        {
        }
        finally
        {
            _isReceiving = false;
            Volatile.Write(ref _enumerations, 0);
        }
    }

    private async ValueTask<int> ReceiveKeptAsync(
        ConnectionEvents events, Memory<byte> buffer, WskReceiveFlags flags, CancellationToken cancellation)
    {
        if ((flags & WskReceiveFlags.Drain) != 0)
        {
            var rest = new byte[TailBytes];
            while (events.Copy(rest) != 0)
            {
            }
            return await Receive(buffer, flags, cancellation).ConfigureAwait(false);
        }
        var copied = events.Copy(buffer.Span);
        return (flags & WskReceiveFlags.WaitAll) == 0 || copied == buffer.Length
            ? copied
            : copied + await Receive(buffer[copied..], flags, cancellation).ConfigureAwait(false);
    }

    // A receive without room makes the provider indicate again what was refused (RECV-16). A connection that
    // has ended meanwhile needs no asking.
    private async void Resume()
    {
        try
        {
            await Receive(default, WskReceiveFlags.None, default).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WskException or ObjectDisposedException)
        {
            _events?.EndData();
        }
    }
}
