// The datagrams of a socket as an async stream without copies. It enables the callback and hands on what it
// has put down; it knows nothing about what runs on the dispatcher: Events/DatagramEvents.cs.
using System.Runtime.CompilerServices;

namespace OpenWsk;

public sealed partial class WskDatagramSocket
{
    private DatagramEvents? _events;
    private int _enumerations;

    private DatagramEvents Events
    {
        get
        {
            if (_events is { } known)
                return known;
            var events = Callbacks.Datagrams(Context);
            events.Retention.Attach(this, Dispatch.WskRelease);
            return _events = events;
        }
    }

    /// <summary>
    /// The datagrams that arrive, in the provider's memory (WskReceiveFromEvent), until the socket is
    /// disposed.
    /// </summary>
    /// <param name="cancellation">Ends the enumeration; the socket stays.</param>
    /// <remarks>
    /// Owns: each datagram keeps provider memory until it is disposed. When many wait to be taken, the
    /// provider is told to hold further ones back, and drops what it cannot buffer. Errors:
    /// <see cref="WskException"/> with STATUS_FILE_FORCED_CLOSED when the network under the socket is gone;
    /// <see cref="InvalidOperationException"/> for a second enumeration at the same time. What was not taken
    /// when an enumeration ends is the next one's.
    /// </remarks>
    public async IAsyncEnumerable<WskDatagram> ReceiveAllAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref _enumerations, 1) != 0)
            throw new InvalidOperationException("The datagrams of this socket are being enumerated already.");
        try
        {
            var events = Events;
            events.Begin();
            EnableEvents(WskEvents.ReceiveFrom);
            do
            {
                while (events.TryTake(out var entry, out var mayResume))
                {
                    if (mayResume)
                        EnableEvents(WskEvents.ReceiveFrom);
                    yield return new WskDatagram(entry);
                    cancellation.ThrowIfCancellationRequested();
                }
            }
            while (await events.Datagrams.WaitAsync(cancellation).ConfigureAwait(false));
        }
        finally
        {
            await EndReceiving().ConfigureAwait(false);
        }
    }

    private protected override ValueTask OnClosing()
    {
        // Static events may come although C# has never asked for any, until they find this closed.
        var events = (Client.StaticEvents & WskEvents.ReceiveFrom) != 0 ? Events : _events;
        events?.Close();
        return ValueTask.CompletedTask;
    }

    // Static events cannot be disabled, and on a socket that is closed or broken there is nothing to disable.
    private async ValueTask EndReceiving()
    {
        try
        {
            if ((Client.StaticEvents & WskEvents.ReceiveFrom) == 0)
                await DisableEventAsync(WskEvents.ReceiveFrom).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ObjectDisposedException or WskException)
        {
        }
        finally
        {
            Volatile.Write(ref _enumerations, 0);
        }
    }
}
