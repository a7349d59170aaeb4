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
    // however many requests and sockets there are. The walk that follows allocates only where it finds
    // something.
    public void OnFreeing(GuestRange memory)
    {
        if (!provider.Kept.MayLieIn(memory))
            return;
        var found = default(Breaches);
        foreach (var client in provider.Clients.All)
        {
            if (IsIn(memory, client.RegistrationBlock))
                found.AddEntrusted(0, "REG-07", "the WSK_REGISTRATION of a client");
            if (IsIn(memory, client.Dispatch.Address))
                found.AddEntrusted(0, "REG-08", "the WSK_CLIENT_DISPATCH of a client");
            if (IsIn(memory, client.ClientContext))
                found.AddEntrusted(0, null, "the context of a client");
        }
        found.Report(provider.Executive);
        foreach (var socket in provider.Sockets)
        {
            if (IsIn(memory, socket.ClientTable))
                found.AddEntrusted(
                    socket.Object.Address, "SOCK-28", $"the callback table of {socket.Object}");
            if (IsIn(memory, socket.Context))
                found.AddEntrusted(socket.Object.Address, null, $"the context of {socket.Object}");
        }
        found.Report(provider.Executive);
        foreach (var irp in provider.Executive.Irps)
        {
            if (irp.Holder is WskRequest request && request.RuleOfFreeing(memory) is { } rule)
                found.Add(irp.Address, rule, $"memory of IRP {request.Irp} is freed while it is pending");
        }
        found.Report(provider.Executive);
    }

    public void OnReleasing(GuestPtr<MDL> mdl)
    {
        if (!MayBeInChain(mdl))
            return;
        var found = default(Breaches);
        foreach (var irp in provider.Executive.Irps)
        {
            if (irp.Holder is WskRequest request && request.HasInChain(mdl))
                found.Add(
                    irp.Address,
                    request.ChainRule,
                    $"MDL {mdl} is given up while IRP {request.Irp} is pending");
        }
        found.Report(provider.Executive);
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

    private void ReportUnloaded(ClientRegistration client)
    {
        // The registrar reports clients of its own (UNLOAD-05).
        if (client.RegistrationBlock != 0)
        {
            foreach (var rule in new[] { "UNLOAD-01", "UNLOAD-02", "UNLOAD-03" })
                provider.Executive.Breach(
                    rule, $"DriverUnload returned with a registration, held by {client.DescribeHolders()}");
        }
        if (client.OpenSockets == 0)
            return;
        foreach (var rule in new[] { "UNLOAD-06", "CLOSE-19" })
            provider.Executive.Breach(rule, $"DriverUnload returned with {client.OpenSockets} open sockets");
    }

    private static bool IsIn(GuestRange memory, nuint address) => address != 0 && memory.Contains(address);

    // What a walk finds, which has no order, to be told in the order of the addresses of whose it is.
    private struct Breaches
    {
        private List<(nuint Of, string Rule, string Text)>? _found;

        public void Add(nuint of, string rule, string text) => (_found ??= []).Add((of, rule, text));

        // What was handed to WSK stays until WskDeregister has returned, or the socket is closed.
        public void AddEntrusted(nuint of, string? rule, string what)
        {
            var text = $"{what} is freed while it is in use";
            if (rule is not null)
                Add(of, rule, text);
            Add(of, "UNLOAD-08", text);
        }

        public void Report(Executive executive)
        {
            if (_found is null)
                return;
            foreach (var (_, rule, text) in _found.OrderBy(static breach => breach.Of))
                executive.Breach(rule, text);
            _found = null;
        }
    }
}
