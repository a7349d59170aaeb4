// What a host may do to a world's WSK beside running it: break sockets, supply redirect data and extension
// interfaces. It knows nothing about how drivers see it: Control/, Extensions/, Sockets/.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

public sealed partial class WskProvider
{
    /// <summary>Redirect data of the Windows Filtering Platform, for the controls that ask for it.</summary>
    public WfpRedirects Redirects { get; } = new();

    internal AddressListChanges AddressListChanges { get; }

    internal ExtensionTable Extensions { get; }

    /// <summary>
    /// Makes a socket no longer functional, as the removal of its transport does on Windows; false when the
    /// WSK_SOCKET is not open.
    /// </summary>
    /// <remarks>
    /// From the return on every call but WskCloseSocket fails with STATUS_FILE_FORCED_CLOSED. Pending IRPs
    /// and the callbacks that tell the client follow on the dispatcher. Rules: OPEN-15.
    /// </remarks>
    public bool BreakSocket(nuint socket)
    {
        var found = Sockets.Find(new GuestPtr<WSK_SOCKET>(socket));
        found?.Break(new GuestPtr<WSK_SOCKET>(socket));
        return found is not null;
    }

    /// <summary>Makes every open socket no longer functional.</summary>
    /// <remarks>Rules: OPEN-15.</remarks>
    public void BreakAllSockets()
    {
        foreach (var socket in Sockets.All)
            socket.Break(socket.Object);
    }

    /// <summary>
    /// Calls WskClientEvent of every registered client. No version of WSK defines an event type, so the
    /// provider never does this itself (EVT-33); a host may, to see what a driver does with one that it does
    /// not know.
    /// </summary>
    /// <remarks>IRQL: &lt;= DISPATCH_LEVEL. Rules: EVT-34, EVT-35, REG-13.</remarks>
    public void RaiseClientEvent(uint eventType, ReadOnlySpan<byte> information)
    {
        foreach (var client in Clients.All)
        {
            if (Clients.EnterByClient(client.Client) is not { } entered)
                continue;
            entered.RaiseEvent(eventType, information);
            entered.LeaveCall();
        }
    }

    /// <summary>Offers an extension interface to all clients; not while one of that identifier is.</summary>
    public void AddExtension(WskExtension extension) => Extensions.Add(extension);
}
