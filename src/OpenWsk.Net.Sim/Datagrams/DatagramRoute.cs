// How the datagrams of one send leave: both addresses and the fields of the IP header. A value; it knows
// nothing about how it was chosen (SimDatagramSocket.Route.cs).
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Datagrams;

/// <summary>The way of the datagrams of one send.</summary>
/// <param name="IsWhole">They must fit the way's MTU (the "don't fragment" bit).</param>
internal readonly record struct DatagramRoute(
    EndpointAddress Source, EndpointAddress Destination, byte HopLimit, byte TrafficClass, bool IsWhole);
