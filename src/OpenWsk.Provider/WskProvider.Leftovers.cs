// What clients have left of WSK: sockets, captures and registrations, each with the stack that made it. It
// knows nothing about how a summary looks. Next: OpenWsk.Kernel's LeftoverList.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

public sealed partial class WskProvider
{
    private IEnumerable<Leftover> CollectLeftovers()
    {
        var left = new LeftoverList(Executive);
        left.Add("socket", Sockets.All.Select(s => (Describe(s), s.MadeStack)));
        var captures = Clients.All.Where(c => c.Captures != 0).ToList();
        if (captures.Count != 0)
            left.Add("provider capture", captures.Sum(c => c.Captures), 0, "",
                captures.Select(c => c.MadeStack));
        left.Add("registration", Clients.All.Select(c => ($"held by {c.DescribeHolders()}", c.MadeStack)));
        return left.All;
    }

    // A connection is known by its peer, everything else by where it is bound.
    private static string Describe(ProviderSocket socket)
    {
        var what = $"{socket.Category} at {socket.Object}";
        if (socket is ConnectionSocket stream && stream.TryGetRemoteAddress(out var remote).IsSuccess())
            return $"{what} to {remote}";
        return socket.TryGetLocalAddress(out var local).IsSuccess() ? $"{what} on {local}" : what;
    }
}
