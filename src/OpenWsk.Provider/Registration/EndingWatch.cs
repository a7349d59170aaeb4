// What clients must not end while the provider depends on it: their registration blocks, tables, contexts and
// buffers, and themselves. Rules REG-07, REG-08, SOCK-28, MDL-08, UNLOAD and the buffer rules of each
// function. For findings only; it changes nothing and is not asked when nobody listens.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>Reports endings that come too early.</summary>
internal sealed class EndingWatch(WskProvider provider) : IEndingWatch
{
    // Drivers free blocks for each message, and nearly always nobody depends on one: the counts say so,
    // however many requests and sockets there are. The look that follows allocates nothing; what it finds is
    // looked at again in order, for the report.
    public void OnFreeing(GuestRange memory)
    {
        if (!provider.Kept.MayLieIn(memory))
            return;
        if (provider.Clients.IsAnyIn(memory) || IsSocketIn(memory) || provider.Requests.IsAnyIn(memory))
            ReportFreeing(memory);
    }

    public void OnReleasing(GuestPtr<MDL> mdl)
    {
        if (!MayBeInChain(mdl) || !provider.Requests.IsAnyWith(mdl))
            return;
        foreach (var request in provider.Requests.All)
        {
            if (request.HasInChain(mdl))
                provider.Executive.Breach(
                    request.ChainRule, $"MDL {mdl} is given up while IRP {request.Irp} is pending");
        }
    }

    public void OnUnloaded(GuestRange image)
    {
        foreach (var client in provider.Clients.All)
        {
            if (image.Contains(client.Dispatch.Address)
                || (client.RegistrationBlock != 0 && image.Contains(client.RegistrationBlock)))
                ReportUnloaded(client);
        }
        foreach (var request in provider.Requests.All)
        {
            var routine = request.Irp.Value.CurrentStackLocation.Value.CompletionRoutine;
            if (routine != 0 && image.Contains(routine))
                provider.Executive.Breach(
                    "UNLOAD-07", $"DriverUnload returned before the completion of IRP {request.Irp}");
        }
    }

    // An MDL of a pending request is known by itself, or by the buffer that it describes.
    private bool MayBeInChain(GuestPtr<MDL> mdl)
    {
        if (!provider.Executive.Mdls.TryGet(mdl, out _)
            || provider.Kept.MayLieIn(new GuestRange(mdl.Address, 1)))
            return true;
        return provider.Kept.MayLieIn(new GuestRange(MdlChain.AddressOf(mdl), mdl.Value.ByteCount));
    }

    private bool IsSocketIn(GuestRange memory)
    {
        foreach (var socket in provider.Sockets)
        {
            if (memory.Contains(socket.ClientTable) || memory.Contains(socket.Context))
                return true;
        }
        return false;
    }

    private void ReportFreeing(GuestRange memory)
    {
        foreach (var client in provider.Clients.All)
        {
            Report(memory, client.RegistrationBlock, "REG-07", "the WSK_REGISTRATION of a client");
            Report(memory, client.Dispatch.Address, "REG-08", "the WSK_CLIENT_DISPATCH of a client");
            Report(memory, client.ClientContext, null, "the context of a client");
        }
        foreach (var socket in provider.Sockets.All)
        {
            Report(memory, socket.ClientTable, "SOCK-28", $"the callback table of {socket.Object}");
            Report(memory, socket.Context, null, $"the context of {socket.Object}");
        }
        foreach (var request in provider.Requests.All)
        {
            if (request.RuleOfFreeing(memory) is { } rule)
                provider.Executive.Breach(rule, $"memory of IRP {request.Irp} is freed while it is pending");
        }
    }

    private void ReportUnloaded(ClientRegistration client)
    {
        // The registrar reports clients of its own (UNLOAD-05).
        if (client.RegistrationBlock != 0)
        {
            foreach (var rule in new[] { "UNLOAD-01", "UNLOAD-02", "UNLOAD-03" })
                provider.Executive.Breach(
                    rule, $"DriverUnload returned with a registration: {client.DescribeHolders()}");
        }
        if (client.OpenSockets == 0)
            return;
        foreach (var rule in new[] { "UNLOAD-06", "CLOSE-19" })
            provider.Executive.Breach(rule, $"DriverUnload returned with {client.OpenSockets} open sockets");
    }

    // What was handed to WSK stays until WskDeregister has returned, or the socket is closed.
    private void Report(GuestRange memory, nuint address, string? rule, string what)
    {
        if (address == 0 || !memory.Contains(address))
            return;
        if (rule is not null)
            provider.Executive.Breach(rule, $"{what} is freed while it is in use");
        provider.Executive.Breach("UNLOAD-08", $"{what} is freed while it is in use");
    }
}
