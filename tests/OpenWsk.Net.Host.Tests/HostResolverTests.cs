// The resolver over the operating system: what every machine knows (its loopback addresses, the well-known
// services), names that no machine can know, and look-ups that are given up while the system thinks. Real
// name servers: tests/OpenWsk.EndToEnd.Tests. It knows nothing about WSK.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostResolverTests
{
    // A label of 64 characters: no name server can be asked for it.
    private static readonly string s_impossible = new('a', 64);

    [Fact]
    public void Localhost_is_a_loopback_address() => Run(names =>
    {
        var found = names.Find(new Forward { HostName = "localhost" });
        Assert.Equal(STATUS_SUCCESS, found.Status);
        Assert.NotEmpty(found.Addresses);
        Assert.All(found.Addresses, address => Assert.True(address is { IsLoopback: true, Port: 0 }));
        Assert.Equal(found.Addresses.Distinct(), found.Addresses);

        var v4 = names.Find(new Forward { HostName = "localhost", Family = HostWorld.V4 });
        Assert.All(v4.Addresses, address => Assert.Equal(HostWorld.V4, address.Family));
        Assert.Null(v4.CanonicalName);
        v4 = names.Find(new Forward { HostName = "localhost", WantsCanonicalName = true });
        Assert.NotNull(v4.CanonicalName);
    });

    [Fact]
    public void A_name_that_cannot_be_is_not_found() => Run(names =>
    {
        Assert.Equal(STATUS_NOT_FOUND, names.Find(new Forward { HostName = s_impossible }).Status);
        Assert.Equal(STATUS_NOT_FOUND, names.Find(new Forward { HostName = "a..b" }).Status);
        Assert.Equal(STATUS_NOT_FOUND, names.Find(new Forward { HostName = "\u3042\ud800.test" }).Status);
        Assert.Equal(STATUS_NOT_FOUND, names.Find(new Forward { ServiceName = "no-such-service" }).Status);
    });

    [Fact]
    public void Services_have_ports_and_ports_have_services() => Run(names =>
    {
        (ushort, ushort) Ports(string service)
        {
            var found = names.Find(new Forward { ServiceName = service });
            Assert.Equal((STATUS_SUCCESS, 0), (found.Status, found.Addresses.Count));
            return (found.TcpPort, found.UdpPort);
        }

        Assert.Equal((53, 53), Ports("domain"));
        Assert.Equal(80, Ports("http").Item1);
        Assert.Equal((0, 69), Ports("tftp"));
        Assert.Equal("http", Service(names, 80, isDatagram: false));
        Assert.Equal("shell", Service(names, 514, isDatagram: false));
        Assert.Equal("syslog", Service(names, 514, isDatagram: true));
        Assert.Null(Service(names, 65535, isDatagram: false));
    });

    [Fact]
    public void A_host_and_a_service_are_one_look_up() => Run(names =>
    {
        var found = names.Find(new Forward { HostName = "localhost", ServiceName = "domain" });
        Assert.Equal((STATUS_SUCCESS, (ushort)53), (found.Status, found.UdpPort));
        Assert.NotEmpty(found.Addresses);
        var lost = names.Find(new Forward { HostName = "localhost", ServiceName = "no-such-service" });
        Assert.Equal((STATUS_NOT_FOUND, 0), (lost.Status, lost.Addresses.Count));
    });

    [Fact]
    public void The_loopback_interface_has_an_index() => Run(names =>
    {
        var loopback = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .FirstOrDefault(i => i.NetworkInterfaceType
                == System.Net.NetworkInformation.NetworkInterfaceType.Loopback);
        if (loopback is not null)
            Assert.NotEqual(0u, names.Resolver.FindInterface(loopback.Name));
        Assert.Equal(0u, names.Resolver.FindInterface("no-such-interface"));
    });

    [Fact]
    public void What_the_system_says_reaches_the_look_up() => Run(
        new FakeNames
        {
            Forward = (host, family) => host == "xn--zckzah.test" && family == HostWorld.V6
                ? (SocketError.Success, ["2001:db8::1", "2001:db8::2"])
                : (SocketError.TryAgain, []),
            Reverse = address => address.Equals(IPAddress.Parse("192.0.2.1")) ? "xn--zckzah.corp.test" : null,
            Domain = "corp.test",
        },
        names =>
        {
            // Beyond ASCII a name travels as Punycode, and comes back as text.
            var found = names.Find(
                new Forward { HostName = "テスト.test", Family = HostWorld.V6, WantsCanonicalName = true });
            Assert.Equal(STATUS_SUCCESS, found.Status);
            Assert.Equal(["[2001:db8::1]:0", "[2001:db8::2]:0"], found.Addresses.Select(a => a.ToString()));
            Assert.Equal("テスト.test", found.CanonicalName);
            Assert.Equal(STATUS_RETRY, names.Find(new Forward { HostName = "other.test" }).Status);

            Assert.Equal("テスト.corp.test", Host(names, "192.0.2.1", isRelative: false));
            Assert.Equal("テスト", Host(names, "192.0.2.1", isRelative: true));
            Assert.Null(Host(names, "192.0.2.2", isRelative: false));
            // The well-known services stand in where the system knows none.
            Assert.Equal("http", Service(names, 80, isDatagram: false));
        });

    [Fact]
    public void A_look_up_that_is_given_up_ends_at_once_and_once()
    {
        using var mayAnswer = new ManualResetEvent(false);
        using var isAsked = new AutoResetEvent(false);
        Run(
            new FakeNames
            {
                Forward = (_, _) =>
                {
                    isAsked.Set();
                    Waiting.For(mayAnswer, "the answer");
                    return (SocketError.Success, ["192.0.2.1"]);
                },
            },
            names =>
            {
                var lookup = new Forward { HostName = "slow.test" };
                Assert.False(names.Resolver.FindAddresses(lookup));
                Waiting.For(isAsked, "the question");
                names.Resolver.Cancel(lookup);
                Waiting.For(lookup.Completed, "the end");
                Assert.Equal((STATUS_CANCELLED, 0), (lookup.Status, lookup.Addresses.Count));

                mayAnswer.Set();
                // The answer comes too late, and so does a second attempt to give the look-up up.
                names.Resolver.Cancel(lookup);
                Assert.Equal(STATUS_SUCCESS, names.Find(new Forward { HostName = "next.test" }).Status);
                Assert.Equal((1, STATUS_CANCELLED), (lookup.Completions, lookup.Status));
            });
    }

    [Fact]
    public void Many_names_that_nobody_answers_hold_up_neither_the_pool_nor_the_next()
    {
        using var mayAnswer = new ManualResetEvent(false);
        var threads = new ConcurrentDictionary<int, bool>();
        Run(
            new FakeNames
            {
                Forward = (_, _) =>
                {
                    threads[Environment.CurrentManagedThreadId] = Thread.CurrentThread.IsThreadPoolThread;
                    Waiting.For(mayAnswer, "the answer");
                    return (SocketError.Success, ["192.0.2.1"]);
                },
            },
            names =>
            {
                var lookups = Enumerable.Range(0, 100)
                    .Select(i => new Forward { HostName = $"slow{i}.test" }).ToList();
                foreach (var lookup in lookups)
                    names.Resolver.FindAddresses(lookup);
                mayAnswer.Set();
                foreach (var lookup in lookups)
                    Waiting.For(lookup.Completed, "an end");
                Assert.All(lookups, lookup => Assert.Equal(STATUS_SUCCESS, lookup.Status));
                Assert.All(threads.Values, Assert.False);
            });
    }

    private static string? Service(Names names, ushort port, bool isDatagram)
    {
        var lookup = new Reverse
        {
            Address = EndpointAddress.Wildcard(HostWorld.V4, port),
            WantsServiceName = true,
            IsDatagram = isDatagram,
        };
        names.Resolver.FindNames(lookup);
        Waiting.For(lookup.Completed, "the end");
        Assert.Equal((STATUS_SUCCESS, null), (lookup.Status, lookup.HostName));
        return lookup.ServiceName;
    }

    private static string? Host(Names names, string address, bool isRelative)
    {
        var lookup = new Reverse
        {
            Address = EndpointAddress.From(IPAddress.Parse(address), 80),
            WantsHostName = true,
            IsRelative = isRelative,
        };
        names.Resolver.FindNames(lookup);
        Waiting.For(lookup.Completed, "the end");
        Assert.Equal((STATUS_SUCCESS, null), (lookup.Status, lookup.ServiceName));
        return lookup.HostName;
    }

    private static void Run(Action<Names> body)
    {
        using var world = new HostWorld();
        body(new Names(new HostResolver(world.Scheduler)));
    }

    private static void Run(FakeNames system, Action<Names> body)
    {
        using var world = new HostWorld();
        body(new Names(new HostResolver(world.Scheduler, system)));
    }

    private sealed record Names(HostResolver Resolver)
    {
        public Forward Find(Forward lookup)
        {
            Assert.False(Resolver.FindAddresses(lookup));
            Waiting.For(lookup.Completed, "the end");
            Assert.Equal(1, lookup.Completions);
            return lookup;
        }
    }

    private sealed class Forward : AddressLookup
    {
        public ManualResetEvent Completed { get; } = new(false);

        public int Completions { get; private set; }

        protected override void OnCompleted()
        {
            Completions++;
            Completed.Set();
        }
    }

    private sealed class Reverse : NameLookup
    {
        public ManualResetEvent Completed { get; } = new(false);

        protected override void OnCompleted() => Completed.Set();
    }

    private sealed class FakeNames : ISystemNames
    {
        public Func<string, ushort, (SocketError, string[])> Forward { get; init; } =
            (_, _) => (SocketError.HostNotFound, []);

        public Func<IPAddress, string?> Reverse { get; init; } = _ => null;

        public string Domain { get; init; } = "";

        public SocketError FindAddresses(
            string host, ushort family, bool wantsCanonicalName, List<EndpointAddress> addresses,
            out string? canonicalName)
        {
            canonicalName = wantsCanonicalName ? host : null;
            var (error, found) = Forward(host, family);
            addresses.AddRange(found.Select(text => EndpointAddress.From(IPAddress.Parse(text), 0)));
            return error;
        }

        public SocketError FindHost(in EndpointAddress address, out string? name)
        {
            name = Reverse(address.ToIPAddress());
            return name is null ? SocketError.HostNotFound : SocketError.Success;
        }

        public ushort FindPort(string service, bool isDatagram) => 0;

        public string? FindService(ushort port, bool isDatagram) => null;

        public string FindDomain() => Domain;
    }
}
