// netioapi over a simulated host: tables, entries, the best route, conversions, notifications and their ends.
// It knows nothing about the system's own tables: HostInterfaceTests of the host's transport compares those.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Net.Sim;
using OpenWsk.Ports;
using OpenWsk.Simulation;

namespace OpenWsk.Provider.Tests;

public sealed class MibTests
{
    private const uint Loopback = 1;
    private const uint Adapter = 2;
    private const ulong AdapterLuid = (6ul << 48) | (2ul << 24);
    private const uint NotFound = (uint)NTSTATUS.STATUS_NOT_FOUND;
    private const uint InvalidParameter = (uint)NTSTATUS.STATUS_INVALID_PARAMETER;

    [Fact]
    public void The_table_of_addresses_has_every_address_of_the_family() => Run((world, _) =>
    {
        Assert.Equal(["1 127.0.0.1/8", "1 ::1/128", "2 10.0.0.1/24", "2 fd00::1/64"],
            Addresses(world, WskConstants.AF_UNSPEC).Order(StringComparer.Ordinal));
        Assert.Equal(["1 ::1/128", "2 fd00::1/64"], Addresses(world, WskConstants.AF_INET6));
        var place = world.Memory(8);
        Assert.Equal(InvalidParameter, world.Call("GetUnicastIpAddressTable", 99, place));
        Assert.Throws<GuestStoppedException>(() => world.Call("FreeMibTable", place));
    });

    [Fact]
    public void A_table_that_is_never_freed_is_left_over() => Run((world, _) =>
    {
        var place = world.Memory(8);
        Assert.Equal(0u, world.Call("GetIfTable2", place));
        Assert.Equal(["MIB table"], world.Executive.CollectLeftovers().Select(l => l.Kind));
        world.Call("FreeMibTable", GuestMemory.Read<ulong>(place));
        Assert.Empty(world.Executive.CollectLeftovers());
    });

    [Fact]
    public void Entries_are_found_by_address_and_by_interface() => Run((world, _) =>
    {
        var row = world.New<MIB_UNICASTIPADDRESS_ROW>();
        EndpointAddress.From(IPAddress.Parse("10.0.0.1"), 0).Write(row.As<SOCKADDR>());
        Assert.Equal(InvalidParameter, world.Call("GetUnicastIpAddressEntry", row.Address));
        row.Value.InterfaceIndex = Loopback;
        Assert.Equal(NotFound, world.Call("GetUnicastIpAddressEntry", row.Address));
        row.Value.InterfaceIndex = Adapter;
        Assert.Equal(0u, world.Call("GetUnicastIpAddressEntry", row.Address));
        Assert.Equal((AdapterLuid, (byte)24, 4),
            (row.Value.InterfaceLuid, row.Value.OnLinkPrefixLength, row.Value.DadState));
        var one = world.New<MIB_IF_ROW2>();
        one.Value.InterfaceIndex = Adapter;
        Assert.Equal(0u, world.Call("GetIfEntry2", one.Address));
        Assert.Equal("eth0", GuestMemory.WideZ(one.Address + 28).ToString());
        Assert.Equal((6u, 1500u, 6u, 1), (one.Value.PhysicalAddressLength, one.Value.Mtu, one.Value.Type,
            one.Value.OperStatus));
        one.Value.InterfaceLuid = 77;
        Assert.Equal(NotFound, world.Call("GetIfEntry2", one.Address));
        var ip = world.New<MIB_IPINTERFACE_ROW>();
        world.Call("InitializeIpInterfaceEntry", ip.Address);
        (ip.Value.Family, ip.Value.InterfaceIndex) = (WskConstants.AF_INET, Adapter);
        Assert.Equal(0u, world.Call("GetIpInterfaceEntry", ip.Address));
        Assert.Equal((1500u, (byte)1), (ip.Value.NlMtu, ip.Value.Connected));
    });

    [Theory]
    [InlineData("10.0.0.9", "10.0.0.0/24 via 0.0.0.0 from 10.0.0.1 on 2")]
    [InlineData("192.0.2.1", "0.0.0.0/0 via 0.0.0.0 from 10.0.0.1 on 2")]
    [InlineData("127.0.0.5", "127.0.0.0/8 via 0.0.0.0 from 127.0.0.1 on 1")]
    [InlineData("fd00::9", "fd00::/64 via :: from fd00::1 on 2")]
    public void The_best_route_is_the_most_specific_one(string destination, string expected) =>
        Run((world, _) =>
        {
            var to = world.Memory(28);
            EndpointAddress.From(IPAddress.Parse(destination), 0).Write(new GuestPtr<SOCKADDR>(to));
            var route = world.New<MIB_IPFORWARD_ROW2>();
            var from = world.New<SOCKADDR_INET>();
            Assert.Equal(0u, world.Call("GetBestRoute2", 0, 0, 0, to, 0, route.Address, from.Address));
            Assert.Equal(expected,
                $"{Text(route.Address + 12)}/{route.Value.DestinationPrefix.PrefixLength} via "
                + $"{Text(route.Address + 44)} from {Text(from.Address)} on {route.Value.InterfaceIndex}");
            Assert.Equal(NotFound, world.Call("GetBestRoute2", 0, 9, 0, to, 0, route.Address, from.Address));
        });

    [Fact]
    public void Names_numbers_and_identifiers_lead_to_one_another() => Run((world, _) =>
    {
        var place = world.Memory(64);
        Assert.Equal(0u, world.Call("ConvertInterfaceIndexToLuid", Adapter, place));
        Assert.Equal(AdapterLuid, GuestMemory.Read<ulong>(place));
        Assert.Equal(0u, world.Call("ConvertInterfaceLuidToIndex", place, place + 8));
        Assert.Equal(Adapter, GuestMemory.Read<uint>(place + 8));
        Assert.Equal(0u, world.Call("ConvertInterfaceLuidToGuid", place, place + 16));
        Assert.Equal(0u, world.Call("ConvertInterfaceGuidToLuid", place + 16, place + 8));
        Assert.Equal(AdapterLuid, GuestMemory.Read<ulong>(place + 8));
        Assert.Equal((uint)NTSTATUS.STATUS_NO_MEMORY, world.Call("ConvertInterfaceLuidToAlias", place,
            place + 32, 4));
        Assert.Equal(0u, world.Call("ConvertInterfaceLuidToAlias", place, place + 32, 5));
        Assert.Equal("eth0", GuestMemory.WideZ(place + 32).ToString());
        Assert.Equal(0u, world.Call("ConvertInterfaceAliasToLuid", place + 32, place + 8));
        Assert.Equal(0u, world.Call("ConvertInterfaceLuidToNameW", place, place + 32, 16));
        Assert.Equal("ethernet_2", GuestMemory.WideZ(place + 32).ToString());
        Assert.Equal(0u, world.Call("ConvertInterfaceNameToLuidW", place + 32, place + 8));
        Assert.Equal(InvalidParameter, world.Call("ConvertInterfaceIndexToLuid", 9, place));
    });

    [Fact]
    public void Changes_are_told_at_passive_level_in_their_order() => Run((world, host) =>
    {
        var told = new List<string>();
        var callback = world.Executive.Code.Register(a =>
        {
            Assert.Equal((0x77ul, Irql.Passive), (a[0], world.Executive.CurrentThread.Irql));
            told.Add(a[1] == 0 ? $"{a[2]}" : $"{a[2]} {Text((nuint)a[1])}");
            return 0;
        });
        var place = world.Memory(8);
        Assert.Equal(InvalidParameter, world.Call("NotifyUnicastIpAddressChange", 0, 0, 0, 0, place));
        Assert.Equal(0u, world.Call("NotifyUnicastIpAddressChange", WskConstants.AF_INET, callback, 0x77, 1,
            place));
        world.Settle();
        host.AddAddress("10.0.0.7");
        host.AddAddress("fd00::7");
        world.Settle();
        host.RemoveAddress("10.0.0.7");
        world.Settle();
        Assert.Equal(["3", "1 10.0.0.7", "2 10.0.0.7"], told);
        var handle = GuestMemory.Read<ulong>(place);
        Assert.Equal(["MIB notification"], world.Executive.CollectLeftovers().Select(l => l.Kind));
        Assert.Equal(0u, world.Call("CancelMibChangeNotify2", handle));
        Assert.Equal(InvalidParameter, world.Call("CancelMibChangeNotify2", handle));
        host.AddAddress("10.0.0.8");
        world.Settle();
        Assert.Equal(3, told.Count);
    });

    [Fact]
    public void Cancelling_waits_for_the_callback_that_runs() => Run((world, _) =>
    {
        using var entered = new ManagedEvent(world.Executive);
        using var leave = new ManagedEvent(world.Executive);
        var hasLeft = false;
        var callback = world.Executive.Code.Register(_ =>
        {
            entered.Set();
            leave.Wait();
            hasLeft = true;
            return 0;
        });
        var place = world.Memory(8);
        world.Call("NotifyRouteChange2", 0, callback, 0, 1, place);
        entered.Wait();
        world.Executive.Scheduler.StartThread("releaser", () =>
        {
            Assert.False(hasLeft);
            leave.Set();
            KernelThread.Detach(world.Executive);
        });
        Assert.Equal(0u, world.Call("CancelMibChangeNotify2", GuestMemory.Read<ulong>(place)));
        Assert.True(hasLeft);
    });

    [Fact]
    public void A_callback_that_cancels_itself_is_stopped_instead_of_hanging() => Run((world, _) =>
    {
        var place = world.Memory(8);
        var callback = world.Executive.Code.Register(_ =>
        {
            world.Call("CancelMibChangeNotify2", GuestMemory.Read<ulong>(place));
            return 0;
        });
        world.Call("NotifyIpInterfaceChange", 0, callback, 0, 1, place);
        Assert.Throws<GuestStoppedException>(world.Settle);
        Assert.Contains("deadlock", world.Executive.StopReason, StringComparison.Ordinal);
    });

    private static string[] Addresses(NetioWorld world, ushort family)
    {
        var place = world.Memory(8);
        Assert.Equal(0u, world.Call("GetUnicastIpAddressTable", family, place));
        var table = GuestMemory.Read<nuint>(place);
        var rows = new GuestPtr<MIB_UNICASTIPADDRESS_ROW>(table + 8);
        var all = Enumerable.Range(0, (int)GuestMemory.Read<uint>(table)).Select(i =>
            $"{rows.At(i).Value.InterfaceIndex} {Text(rows.At(i).Address)}"
            + $"/{rows.At(i).Value.OnLinkPrefixLength}").ToArray();
        world.Call("FreeMibTable", table);
        return all;
    }

    private static string Text(nuint address)
    {
        Assert.True(EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(address), out var read));
        return read.ToIPAddress().ToString();
    }

    private static void Run(Action<NetioWorld, SimHost> body)
    {
        using var sim = new SimWorld(seed: 1);
        var host = sim.Network.AddHost("client", "10.0.0.1", "fd00::1");
        using var executive = new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy));
        using var provider = new WskProvider(executive, host.Transport);
        sim.Run(() => body(new NetioWorld(executive), host));
    }

    private sealed class NetioWorld(Executive executive)
    {
        public Executive Executive => executive;

        public uint Call(string name, params ulong[] arguments) =>
            (uint)executive.Routines.Get(Libraries.Netio, name).Invoke(executive, arguments);

        public nuint Memory(int lengthBytes) => executive.Heap.Allocate(lengthBytes);

        public GuestPtr<T> New<T>() where T : unmanaged =>
            new(Memory(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

        /// <summary>Lets everything run that is under way: time is virtual here.</summary>
        public void Settle()
        {
            using var never = new ManagedEvent(executive);
            never.Wait(executive.Clock.NowNs + 1_000_000);
        }
    }
}
