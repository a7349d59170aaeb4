// How every member of WSK_PROVIDER_DISPATCH begins: the IRP is taken over, the client pointer is looked up,
// the call is counted for WskDeregister. It knows nothing about what the functions do. Its twin for sockets:
// SocketCall.cs.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>A running call of a client-level function; dispose it when the call returns.</summary>
internal readonly ref struct ClientCall(ClientRegistration client)
{
    public ClientRegistration Client { get; } = client;

    /// <summary>
    /// Begins a call that needs an IRP. On false the function returns the refusal; the IRP has been completed
    /// with it where there was one to complete.
    /// </summary>
    public static bool TryBegin(
        WskProvider provider,
        string function,
        GuestPtr<WSK_CLIENT> client,
        GuestPtr<IRP> irp,
        out ClientCall call,
        out WskRequest request,
        out NTSTATUS refusal)
    {
        call = default;
        request = provider.Requests.TryBegin(irp, function, out refusal)!;
        if (request is null)
            return false;
        if (TryEnter(provider, function, client, out call))
            return true;
        refusal = request.Refuse(WskSettings.NoSuchObject);
        return false;
    }

    /// <summary>
    /// Begins a call without IRP; false when the client pointer is none or holds no capture.
    /// </summary>
    public static bool TryEnter(
        WskProvider provider, string function, GuestPtr<WSK_CLIENT> client, out ClientCall call)
    {
        call = default;
        var registration = provider.Clients.EnterByClient(client);
        if (registration is null)
        {
            var rule = function == "WskSocketConnect" ? "SCONN-03" : "NPI-27";
            provider.Executive.Breach(
                rule, $"{function} was given {client}, which is no captured WSK_CLIENT");
            return false;
        }
        if (registration.Captures == 0)
        {
            registration.LeaveCall();
            // An NMR attachment has no registration block; its release is the detachment.
            var rule = registration.RegistrationBlock == 0 ? "NMR-14" : "NPI-09";
            provider.Executive.Breach(rule, $"{function} was called after the provider NPI was given up");
            return false;
        }
        call = new ClientCall(registration);
        return true;
    }

    public void Dispose() => Client.LeaveCall();
}
