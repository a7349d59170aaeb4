// A world for one sequence: an executive, a provider on one arm, a registered client with the NPI captured,
// and the addresses that sequences name. It knows nothing about calls or the model.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Net.Uring;
using OpenWsk.Ports;
using OpenWsk.Provider;
using OpenWsk.Simulation;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Model.Tests;

/// <summary>One provider with one client.</summary>
internal sealed class ModelWorld : IDisposable
{
    // Below the ports that hosts choose themselves, so that nobody else comes by one of these.
    private const int FirstPort = 15_000;
    private const int PortCount = 15_000;
    private const int PortsPerWorld = 4;
    private static int s_nextPorts;

    private readonly Dictionary<string, nuint> _code = [];
    private readonly nuint _memory;
    private readonly ushort _port;

    private ModelWorld(Executive executive, ITransport transport, bool completesInline)
    {
        Executive = executive;
        Provider = new WskProvider(executive, transport, new WskSettings
        {
            Completion = completesInline ? CompletionMode.Inline : CompletionMode.Pended,
        });
        _port = (ushort)(FirstPort + (uint)Interlocked.Add(ref s_nextPorts, PortsPerWorld) % PortCount);
        _memory = executive.Heap.Allocate(128);
        new GuestPtr<WSK_CLIENT_DISPATCH>(_memory + 32).Value = new WSK_CLIENT_DISPATCH { Version = 0x0100 };
        new GuestPtr<WSK_CLIENT_NPI>(_memory + 64).Value =
            new WSK_CLIENT_NPI { Dispatch = new GuestPtr<WSK_CLIENT_DISPATCH>(_memory + 32) };
        Netio("WskRegister", _memory + 64, _memory);
        Netio("WskCaptureProviderNPI", _memory, WSK_INFINITE_WAIT, _memory + 96);
        Client = new GuestPtr<WSK_PROVIDER_NPI>(_memory + 96).Value.Client.Address;
    }

    public Executive Executive { get; }

    public WskProvider Provider { get; }

    /// <summary>The WSK_CLIENT.</summary>
    public ulong Client { get; }

    /// <summary>Runs a body in a world of the arm; what it throws comes out.</summary>
    public static void Run(Arm arm, Sequence sequence, Action<ModelWorld> body)
    {
        if (arm == Arm.Sim)
        {
            using var sim = new SimWorld(sequence.Seed, new RandomStrategy(sequence.Seed));
            sim.Run(() =>
            {
                var host = sim.Network.AddHost("host", "10.0.0.1", "fd00::1");
                using var executive = new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy));
                using var world = new ModelWorld(executive, host.Transport, sequence.CompletesInline);
                body(world);
            });
            return;
        }
        var clock = new HostClock();
        var network = HostNetwork.Create(
            clock, choice: arm == Arm.Uring ? NetChoice.Uring : NetChoice.Host);
        using var hostExecutive = new Executive(
            new WorldPorts(clock, network.Scheduler, new HostEntropy()));
        using var scheduler = network.Scheduler;
        using var hostWorld = new ModelWorld(hostExecutive, network.Transport, sequence.CompletesInline);
        body(hostWorld);
    }

    /// <summary>The ports that sequences name, 1 and 2; nobody ever listens on 3.</summary>
    public ushort Port(int number) => (ushort)(_port + number);

    public static EndpointAddress Any(bool isV6, ushort port) =>
        EndpointAddress.Wildcard(isV6 ? AF_INET6 : AF_INET, port);

    public static EndpointAddress Loopback(bool isV6, ushort port) =>
        EndpointAddress.From(isV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, port);

    public static EndpointAddress NotLocal(bool isV6) =>
        EndpointAddress.From(IPAddress.Parse(isV6 ? "2001:db8::9" : "192.0.2.9"), 0);

    /// <summary>Calls a function of WSK by its code address.</summary>
    public NTSTATUS Call(string function, params ReadOnlySpan<ulong> arguments) =>
        (NTSTATUS)(uint)Executive.Code.Call(Code(function), arguments);

    /// <summary>Guest memory that lives as long as the attempt, with an address in it.</summary>
    public ulong Scratch(Attempt attempt, EndpointAddress address, int place = 0)
    {
        if (attempt.Memory == 0)
            attempt.Memory = Executive.Heap.Allocate(64);
        var at = attempt.Memory + (nuint)place;
        if (address.Family != 0)
            address.Write(new GuestPtr<SOCKADDR>(at));
        return at;
    }

    public void Dispose()
    {
        // A run that has failed leaves things open, and WskDeregister would wait for them.
        if (Provider.OpenSockets == 0 && Provider.PendingIrps.Count == 0)
        {
            Netio("WskReleaseProviderNPI", _memory);
            Netio("WskDeregister", _memory);
        }
        Provider.Dispose();
    }

    private nuint Code(string function)
    {
        lock (_code)
        {
            if (!_code.TryGetValue(function, out var code))
                _code[function] = code = Executive.Code.AddressOf(
                    Executive.Routines.Get(Libraries.Wsk, function));
            return code;
        }
    }

    private void Netio(string name, params ReadOnlySpan<ulong> arguments) =>
        Executive.Routines.Get(Libraries.Netio, name).Invoke(Executive, arguments);
}
