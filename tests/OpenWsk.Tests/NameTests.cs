// Names in the managed API, over a table of names on the host's world: look-ups in both directions, hints,
// failures, cancellation. What the provider makes of flags is tested with the provider.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Net.Host;
using OpenWsk.Net.Sim;
using OpenWsk.Ports;
using Xunit;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Tests;

public sealed class NameTests : IAsyncLifetime, IDisposable, IEventSink
{
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);
    private readonly HostScheduler _scheduler;
    private readonly SimResolver _names;
    private readonly WskHost _host;
    private readonly List<string> _breaches = [];
    private WskClient _client = null!;

    public NameTests()
    {
        var clock = new HostClock();
        _scheduler = new HostScheduler(clock);
        _names = new SimResolver(clock, _scheduler);
        _names.Add("two.example", "192.0.2.1", "2001:db8::1");
        _names.AddAlias("alias.example", "two.example");
        _names.Add("silent.example").DelayNs = IParker.Never;
        _host = WskHost.Create(
            new WorldPorts(clock, _scheduler, new HostEntropy()), new HostTransport(_scheduler, clock),
            names: _names);
    }

    public Task InitializeAsync()
    {
        _host.Executive.AddSink(this);
        _client = _host.Register();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        var before = _host.Provider.Registrations;
        await _client.DisposeAsync();
        Assert.Equal((1, 0), (before, _host.Provider.Registrations));
        await _host.DisposeAsync();
        Assert.Empty(_breaches);
    }

    void IEventSink.OnEvent(in KernelEvent e)
    {
        if (e.Kind != KernelEventKind.Breach)
            return;
        lock (_breaches)
            _breaches.Add(e.Text!);
    }

    public void Dispose() => _scheduler.Dispose();

    [Fact]
    public async Task A_name_and_a_service_become_addresses()
    {
        var found = await Soon(_client.ResolveAsync("two.example", "http"));
        Assert.Contains(found, a => a.EndPoint.Equals(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80)));
        Assert.Contains(found, a => a.EndPoint.Equals(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 80)));
        Assert.All(found, a => Assert.Null(a.CanonicalName));
    }

    [Fact]
    public async Task Hints_limit_what_is_found()
    {
        var found = Assert.Single(await Soon(_client.ResolveAsync("alias.example", "8080", new WskResolveHints
        {
            Family = AddressFamily.InterNetworkV6,
            SocketType = SOCK_STREAM,
            Protocol = IPPROTO_TCP,
            Flags = WskResolveFlags.CanonicalName,
        })));
        Assert.Equal(
            new WskAddressInfo(
                IPEndPoint.Parse("[2001:db8::1]:8080"), SOCK_STREAM, IPPROTO_TCP, "two.example"), found);
        found = Assert.Single(await Soon(_client.ResolveAsync("127.0.0.9", null, new WskResolveHints
        {
            Flags = WskResolveFlags.NumericHost,
        })));
        Assert.Equal(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0), found.EndPoint);
    }

    [Fact]
    public async Task Names_that_there_are_not_fail()
    {
        Assert.Equal(NTSTATUS.STATUS_NOT_FOUND, await Status(_client.ResolveAsync("nobody.example")));
        Assert.Equal(NTSTATUS.STATUS_INVALID_PARAMETER, await Status(_client.ResolveAsync(null)));
        Assert.Equal("NAME-04", Assert.Single(_breaches));
        _breaches.Clear();
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await _client.ResolveAsync(new string('x', 40_000)));
    }

    [Fact]
    public async Task An_address_has_names_and_numbers()
    {
        var address = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80);
        Assert.Equal(new WskNames("two.example", "http"), await Soon(_client.ReverseAsync(address)));
        Assert.Equal(
            new WskNames("192.0.2.1", "80"),
            await Soon(_client.ReverseAsync(
                address, WskNameFlags.NumericHost | WskNameFlags.NumericService)));
        var unknown = new IPEndPoint(IPAddress.Parse("192.0.2.99"), 80);
        Assert.Equal("192.0.2.99", (await Soon(_client.ReverseAsync(unknown))).Host);
        Assert.Equal(
            NTSTATUS.STATUS_NOT_FOUND,
            await Status(_client.ReverseAsync(unknown, WskNameFlags.NameRequired)));
    }

    [Fact]
    public async Task A_look_up_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var lookup = _client.ResolveAsync("silent.example", cancellation: cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(lookup));
    }

    [Fact]
    public async Task The_end_of_the_client_ends_a_look_up()
    {
        var client = _host.Register();
        var lookup = client.ResolveAsync("silent.example");
        await client.DisposeAsync().AsTask().WaitAsync(s_hangGuard);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Soon(lookup));
    }

    private static Task<T> Soon<T>(ValueTask<T> task) => task.AsTask().WaitAsync(s_hangGuard);

    private static async Task<NTSTATUS> Status<T>(ValueTask<T> task) =>
        (await Assert.ThrowsAsync<WskException>(() => Soon(task))).Status;
}
