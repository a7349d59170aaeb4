// Several drivers: two on one machine, and two on two machines of one simulated network, that talk to each
// other by WSK. The drivers are the committed samples echo-calls, a server, and connect, a client; no
// compiler is needed. It knows nothing about what they do in between.
namespace OpenWsk.Testing.Tests;

public sealed class MachineTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_client_driver_talks_to_a_server_driver(bool isOnOneMachine)
    {
        using var server = DriverWorld.Simulate();
        var client = isOnOneMachine ? server : server.AddMachine("client", "10.0.0.3");
        using var echo = server.Load(PathOf("echo-calls"), ("LocalPort", 4007));
        using var connect = client.Load(
            PathOf("connect"), ("RemoteAddress", "10.0.0.1"), ("RemotePort", 4007));
        client.Wait(TimeSpan.FromSeconds(1));
        Assert.Contains("reply begins\nGET ", client.Printed, StringComparison.Ordinal);
        Assert.True(connect.Unload());
        Assert.True(echo.Unload());
        Assert.Empty(server.Leftovers);
        Assert.Empty(client.Leftovers);
        Assert.Empty(client.Findings);
    }

    private static string PathOf(string sample) => Repository.PathOf("samples", sample, sample + ".sys");
}
