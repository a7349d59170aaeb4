// How every socket function begins: the IRP is taken over, the WSK_SOCKET pointer is looked up, never
// followed, and the request becomes the socket's. It knows nothing about what the functions do.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>A running call of a socket function; dispose it when the call returns.</summary>
/// <typeparam name="T">The sockets that have the function.</typeparam>
internal readonly ref struct SocketCall<T>(ProviderSocket? owner, T socket)
    where T : class
{
    public T Socket { get; } = socket;

    /// <summary>
    /// Begins a call that needs an IRP. On false the function returns the refusal; the IRP has been completed
    /// with it where there was one to complete.
    /// </summary>
    public static bool TryBegin(
        WskProvider provider,
        SocketFunction function,
        GuestPtr<WSK_SOCKET> socket,
        GuestPtr<IRP> irp,
        out SocketCall<T> call,
        out WskRequest request,
        out NTSTATUS refusal)
    {
        call = default;
        request = provider.Requests.TryBegin(irp, function.Name, out refusal)!;
        if (request is null)
            return false;
        if (TryEnter(provider, function, socket, request, out call, out refusal))
            return true;
        request.Refuse(refusal);
        return false;
    }

    /// <summary>Begins a call that may lack an IRP.</summary>
    public static bool TryEnter(
        WskProvider provider,
        SocketFunction function,
        GuestPtr<WSK_SOCKET> socket,
        WskRequest? request,
        out SocketCall<T> call,
        out NTSTATUS refusal)
    {
        call = default;
        refusal = WskSettings.NoSuchObject;
        var found = provider.Sockets.Find(socket);
        if (found is null)
        {
            provider.Executive.Breach(
                provider.Sockets.RuleOfMissing(socket),
                $"{function.Name} was given {socket}, which is no open WSK_SOCKET");
            return false;
        }
        if (!function.IsOf(found.Category) || found is not T typed)
        {
            refusal = WskSettings.NotInTable;
            provider.Executive.Breach(
                "SOCK-37", $"{function.Name} is not in the table of {socket}, a {found.Category} socket");
            return false;
        }
        // What the client retained it must give back all the same (REL-08).
        if (found.IsBroken && !function.IsRelease && found.IsKnownAs(socket))
        {
            if (found.CloseRule is { } rule)
                provider.Executive.Breach(
                    rule,
                    $"{function.Name} was called on {socket}, which no longer functions: it must be closed");
            found.NoteForcedClosed(socket);
            refusal = WskSettings.NoLongerFunctional;
            return false;
        }
        if (found.IsSilent && !function.IsRelease && found.IsKnownAs(socket))
        {
            refusal = WskSettings.WrongState;
            provider.Executive.Breach(
                "CTLS-51",
                $"{function.Name} was called on {socket} in silent mode; only closing is left");
            return false;
        }
        if (!found.TryEnterCall(socket, request))
        {
            refusal = WskSettings.SocketCloses;
            provider.Executive.Breach(
                "CLOSE-11", $"{function.Name} was called on {socket} after WskCloseSocket");
            return false;
        }
        // With a request, the call lasts until the request says that it is through.
        call = new SocketCall<T>(request is null ? found : null, typed);
        return true;
    }

    public void Dispose() => owner?.LeaveCall();
}
