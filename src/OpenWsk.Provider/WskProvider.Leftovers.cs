// What clients have left of WSK: sockets, captures and registrations, each with the stack that made it. It
// knows nothing about how a summary looks. Next: OpenWsk.Kernel's LeftoverList.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

public sealed partial class WskProvider
{
    private IEnumerable<Leftover> CollectLeftovers()
    {
        var left = new LeftoverList(Executive);
        left.Add("socket", Sockets.All.Select(s => ($"{s.Category} at {s.Object}", s.MadeStack)));
        var captures = Clients.All.Where(c => c.Captures != 0).ToList();
        if (captures.Count != 0)
            left.Add("provider capture", captures.Sum(c => c.Captures), 0, "",
                captures.Select(c => c.MadeStack));
        left.Add("registration", Clients.All.Select(c => ($"held by {c.DescribeHolders()}", c.MadeStack)));
        return left.All;
    }
}
