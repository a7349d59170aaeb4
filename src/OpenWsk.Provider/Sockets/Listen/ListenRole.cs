// The listening role of a socket: connections that wait are taken by queued WskAccept requests, else by
// WskAcceptEvent. Listening sockets always play it, stream sockets after WskListen. It shares the lock, the
// state and the event masks of its socket, so it is a part of ProviderSocket. Its parts: .Accept (requests),
// .AcceptEvent, .Inspect (conditional accept). It knows nothing about argument checks
// (Dispatch/ListenRoutines.cs).
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    /// <summary>A socket as a listener.</summary>
    internal sealed partial class ListenRole : IListenEvents
    {
        /// <summary>
        /// The events of a listener: its own, and those that accepted sockets inherit (EVT-18).
        /// </summary>
        public const uint Events = WSK_EVENT_ACCEPT | ConnectionSocket.ConnectionEvents;

        private readonly ProviderSocket _socket;
        private readonly IAcceptor _acceptor;
        private IListenSocket? _listener;
        private ListenBlock? _block;
        private bool _isArmed;

        public ListenRole(ProviderSocket socket, IAcceptor acceptor)
        {
            _socket = socket;
            _acceptor = acceptor;
            _key = socket._provider.NextInspectKey();
        }

        /// <summary>Whether a callback of the listener may still be called.</summary>
        public bool IsAwaitingEvents
        {
            get
            {
                using (_socket._gate.Enter())
                    return IsListening && WantsEvents;
            }
        }

        /// <summary>Whether the listener has callbacks to call; under the lock.</summary>
        public bool WantsEvents => (_socket._enabled & WSK_EVENT_ACCEPT) != 0 || IsConditional;

        private WskProvider Provider => _socket._provider;

        private GuestPtr<WSK_CLIENT_LISTEN_DISPATCH> Table => _acceptor.ListenTable;

        private bool IsListening => _socket._state == SocketState.Listening && !_socket.IsBroken;

        // Callbacks come one at a time, so they share the memory that they are shown.
        private ListenBlock Block => _block ??= new ListenBlock(Provider);

        /// <summary>Starts listening at the bound address; under the lock. The role is fixed by it.</summary>
        public NTSTATUS Start(IStreamSocket stream)
        {
            var settings = new ListenSettings(Provider.Settings.ListenBacklog, IsConditional);
            var status = stream.Listen(settings, this, out _listener);
            if (!status.IsSuccess())
                return status;
            _socket._state = SocketState.Listening;
            // BIND-18: a static callback may be called from here on.
            if ((_socket._enabled & WSK_EVENT_ACCEPT) != 0)
                Arm();
            return STATUS_SUCCESS;
        }

        /// <summary>
        /// Whether the client's table has the callback of a listener's events; those of connections are in
        /// the tables of the accepted sockets.
        /// </summary>
        public bool HasCallbacks(uint mask) =>
            (mask & WSK_EVENT_ACCEPT) == 0 || (!Table.IsNull && Table.Value.WskAcceptEvent != 0);

        /// <summary>EVT-19: connection events that are to be inherited stay in force.</summary>
        public static bool MayDisable(uint mask) => (mask & ConnectionSocket.ConnectionEvents) == 0;

        /// <summary>Calls what is to be called, on the dispatcher.</summary>
        public void PumpEvents()
        {
            while (TryAbortEvent() || TryInspectEvent() || TryAcceptEvent() || TryTellBroken())
            {
            }
        }

        public void OnAcceptable()
        {
            using (_socket._gate.Enter())
                _isArmed = false;
            PumpAccepts();
            PumpEvents();
        }

        /// <summary>Nothing runs on the socket any more.</summary>
        public void OnClosed()
        {
            _block?.Free();
            _block = null;
        }

        private void Arm()
        {
            if (_isArmed)
                return;
            _isArmed = true;
            _listener!.ArmAccept();
        }

        // Takes a connection that waits; asks to be told of the next one when there is none. A listener that
        // cannot go on is no longer functional (OPEN-15). Under the lock.
        private IStreamSocket? TryTake(out ulong requestId)
        {
            requestId = 0;
            if (!IsListening)
                return null;
            var status = _listener!.TryAccept(out var connection, out requestId);
            if (status == STATUS_SUCCESS)
                return connection;
            if (status == STATUS_PENDING)
                Arm();
            else
                _socket.Break(_socket.Object);
            return null;
        }

        // A connection becomes a socket of the listener's client and family, bound and connected.
        private ConnectionSocket Adopt(IStreamSocket connection, ulong requestId) =>
            Provider.SocketPool.RentAccepted(_socket.Identity, connection, TakeInspectId(requestId));

        private ulong Call(nuint callback, params ReadOnlySpan<ulong> arguments) =>
            _socket.Call(callback, arguments);
    }
}
