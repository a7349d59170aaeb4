// The table of the host's errors: complete over SocketError, and the entries that the contract names.
// It asks the table alone; HostStream*Tests shows that the operating system leads there.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostErrorsTests
{
    [Fact]
    public void Every_error_of_the_platform_has_a_status()
    {
        // These two have no better status; every other error must have an entry of its own.
        SocketError[] general = [SocketError.SocketError, SocketError.NoRecovery];
        foreach (var error in Enum.GetValues<SocketError>().Except(general))
        {
            Assert.True(Enum.IsDefined(HostErrors.ToStatus(error)), $"{error}");
            Assert.True(HostErrors.ToStatus(error) != STATUS_UNSUCCESSFUL, $"{error} has no entry");
        }
        Assert.All(general, error => Assert.Equal(STATUS_UNSUCCESSFUL, HostErrors.ToStatus(error)));
        Assert.Equal(STATUS_UNSUCCESSFUL, HostErrors.ToStatus((SocketError)424242));
    }

    [Fact]
    public void Only_success_is_a_success()
    {
        foreach (var error in Enum.GetValues<SocketError>())
        {
            var status = HostErrors.ToStatus(error);
            var isPlain = error == SocketError.Success || status == STATUS_PENDING;
            Assert.Equal(isPlain, status.IsSuccess());
        }
    }

    [Theory]
    [InlineData(SocketError.ConnectionRefused, STATUS_CONNECTION_REFUSED)]
    [InlineData(SocketError.TimedOut, STATUS_IO_TIMEOUT)]
    [InlineData(SocketError.NetworkUnreachable, STATUS_NETWORK_UNREACHABLE)]
    [InlineData(SocketError.HostUnreachable, STATUS_HOST_UNREACHABLE)]
    [InlineData(SocketError.AccessDenied, STATUS_ACCESS_DENIED)]
    [InlineData(SocketError.AddressAlreadyInUse, STATUS_ADDRESS_ALREADY_EXISTS)]
    [InlineData(SocketError.AddressNotAvailable, STATUS_INVALID_ADDRESS_COMPONENT)]
    [InlineData(SocketError.ConnectionReset, STATUS_CONNECTION_RESET)]
    [InlineData(SocketError.AddressFamilyNotSupported, STATUS_PROTOCOL_UNREACHABLE)]
    [InlineData(SocketError.NoBufferSpaceAvailable, STATUS_INSUFFICIENT_RESOURCES)]
    public void The_entries_that_the_contract_names(SocketError error, NTSTATUS status) =>
        Assert.Equal(status, HostErrors.ToStatus(error));
}
