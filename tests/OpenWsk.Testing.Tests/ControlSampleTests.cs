// The sample that applications talk to, samples/control, as its README says: every way of buffers, a request
// that waits, and one that is cancelled. The built file of the repository is used. It knows nothing about
// other drivers; see DeviceControlTests.cs.
namespace OpenWsk.Testing.Tests;

public sealed class ControlSampleTests
{
    private const string Device = @"\\.\OpenWskControl";
    private const uint Add = 0x222004;
    private const uint Check = 0x222009;
    private const uint Repeat = 0x22200E;
    private const uint Reverse = 0x222013;
    private const uint WaitForNews = 0x222014;
    private const uint News = 0x222018;

    private static string Sample => Repository.PathOf("samples", "control", "control.sys");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_method_brings_its_buffers(bool isSimulated)
    {
        using var world = isSimulated ? DriverWorld.Simulate() : DriverWorld.OnHost();
        var driver = world.Load(Sample);
        using (var device = driver.Open(Device))
        {
            Assert.Equal(6, BitConverter.ToInt32(device.IoControl(Add, [1, 2, 3], 4).Output.Span));
            Assert.Equal(NTSTATUS.STATUS_BUFFER_TOO_SMALL, device.IoControl(Add, [1], 3).Status);
            Assert.Equal("abcabca"u8.ToArray(), device.IoControl(Repeat, "abc"u8, 7).Output.ToArray());
            Assert.Equal("olleh"u8.ToArray(), device.IoControl(Reverse, "hello"u8, 9).Output.ToArray());
            Assert.Equal(NTSTATUS.STATUS_BUFFER_TOO_SMALL, device.IoControl(Reverse, "hello"u8, 4).Status);
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, CheckSum(device, 6));
            Assert.Equal(NTSTATUS.STATUS_CRC_ERROR, CheckSum(device, 7));
            Assert.Equal(NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, device.IoControl(0x2220FC).Status);
        }
        Assert.True(driver.Unload());
        Assert.Empty(world.Findings);
        Assert.Empty(world.Leftovers);
    }

    [Fact]
    public void Requests_wait_for_news_and_are_cancelled_one_by_one_or_with_their_handle()
    {
        using var world = DriverWorld.Simulate();
        var driver = world.Load(Sample);
        using (var device = driver.Open(Device))
        {
            var other = driver.Open(Device);
            var (one, two, short_) = (Wait(device, 8), Wait(device, 8), Wait(device, 2));
            var closed = Wait(other, 8);
            Assert.True(two.Cancel());
            other.Dispose();
            Assert.Equal(NTSTATUS.STATUS_CANCELLED, closed.Wait().Status);
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, device.IoControl(News, "news"u8).Status);
            Assert.Equal("news"u8.ToArray(), one.Wait().Output.ToArray());
            Assert.Equal(NTSTATUS.STATUS_CANCELLED, two.Wait().Status);
            Assert.Equal(NTSTATUS.STATUS_BUFFER_OVERFLOW, short_.Wait().Status);
            Assert.Equal("ne"u8.ToArray(), short_.Wait().Output.ToArray());
        }
        Assert.True(driver.Unload());
        Assert.Empty(world.Findings);
        Assert.Empty(world.Leftovers);

        static PendingIo Wait(DriverDevice device, int room) => device.IoControlAsync(WaitForNews, [], room);
    }

    private static NTSTATUS CheckSum(DriverDevice device, int sum) =>
        device.IoControlAsync(Check, BitConverter.GetBytes(sum), [1, 2, 3]).Wait().Status;
}
