// Part of SimNetwork: packets to several hosts, broadcast and multicast. Every host that wants one gets it
// over its own link from the sender, the sender's host too. It knows nothing about memberships; the hosts
// say what they hear.
namespace OpenWsk.Net.Sim;

public sealed partial class SimNetwork
{
    private static bool IsToSeveral(SimHost from, Packet packet) =>
        AddressKinds.IsMulticast(packet.Destination) || from.IsBroadcast(packet.Destination);

    private void SendToSeveral(SimHost from, Packet packet, in PacketVerdict verdict)
    {
        var isHeard = false;
        foreach (var host in _hosts)
        {
            var isOwn = ReferenceEquals(host, from);
            var staysInside = packet.Source.IsLoopback || packet.HopLimit == 0;
            if ((staysInside && !isOwn) || !host.Hears(packet, isOwn))
                continue;
            isHeard = true;
            SendOver(from, host, packet, verdict);
        }
        if (!isHeard)
            Tell(PacketFate.Lost, packet);
    }
}
