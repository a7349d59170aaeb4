// The black box as another process finds it: a file, whole or scribbled over. It knows nothing about
// processes.
using OpenWsk.Kernel;
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Capture.Tests;

public sealed class BlackBoxTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"openwsk-{Guid.NewGuid():n}.blackbox");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_file_tells_what_the_memory_tells()
    {
        using var world = new FlightWorld(_path);
        world.Recorder.AddDriver("driver.sys", 0x1000, 0x100);
        world.CallGuest(() =>
        {
            world.Call("KeEnterCriticalRegion");
            world.Executive.Emit(KernelEvents.DebugPrint("line\n"));
            return 0;
        });
        world.Executive.CurrentThread.Flight!.BeginCallback(0x1010, [1], 2);
        var box = BlackBoxReader.TryRead(File.ReadAllBytes(_path))!;
        Assert.False(box.IsFinished);
        Assert.Equal(new BlackBoxDriver("driver.sys", 0x1000, 0x100), Assert.Single(box.Drivers));
        var live = world.Recorder.Read().Events;
        Assert.Equal(live.Select(e => (e.Kind, e.Text, e.Irql, e.Code, e.IsOver)),
            box.Events.Select(e => (e.Kind, e.Text, e.Irql, e.Code, e.IsOver)));
        var lines = AutopsyText.Lines(box).ToList();
        Assert.Contains(
            lines, line => line.EndsWith("KeEnterCriticalRegion() -> 0x0", StringComparison.Ordinal));
        Assert.Contains("DISPATCH_LEVEL => driver.sys+0x10(0x1)", lines[^1], StringComparison.Ordinal);
        Assert.Equal(
            $"thread T{world.ThreadId} was in guest code that began at driver.sys+0x10", lines[1]);
        world.Recorder.Finish();
        Assert.True(BlackBoxReader.TryRead(File.ReadAllBytes(_path))!.IsFinished);
    }

    [Fact]
    public void Ticks_become_time()
    {
        var time = new FlightTime(1_000, 5_000, 0.5);
        Assert.Equal(5_500, time.ToNs(2_000));
        Assert.Equal(4_900, time.ToNs(800));
    }

    [Fact]
    public void No_black_box_is_none()
    {
        Assert.Null(BlackBoxReader.TryRead([]));
        Assert.Null(BlackBoxReader.TryRead(new byte[FlightLayout.FileBytes]));
    }

    [Fact]
    public void Whatever_a_driver_wrote_over_it_is_read_to_the_end()
    {
        byte[] whole;
        using (var world = new FlightWorld(_path))
        {
            world.Recorder.AddDriver("driver.sys", 0x1000, 0x100);
            for (var i = 0; i < 100; i++)
            {
                world.CallGuest(() => world.Call("KeEnterCriticalRegion"));
                world.Executive.Emit(KernelEvents.DebugPrint("line\n"));
            }
            whole = File.ReadAllBytes(_path);
        }
        var random = new Random(1);
        byte[] values = [0, 0xFF, 0x7F, 0x80];
        for (var round = 0; round < 200; round++)
        {
            var file = (byte[])whole.Clone();
            var start = random.Next(8, file.Length);
            var length = random.Next(1, Math.Min(file.Length - start, 1 << random.Next(1, 19)) + 1);
            if (round % 2 == 0)
                file.AsSpan(start, length).Fill(values[round / 2 % values.Length]);
            else
                random.NextBytes(file.AsSpan(start, length));
            Read(file);
        }
        whole.AsSpan(8).Fill(0xFF);
        Read(whole);
        random.NextBytes(whole.AsSpan(8));
        Read(whole);
    }

    private static void Read(byte[] file)
    {
        var box = BlackBoxReader.TryRead(file)!;
        Assert.InRange(AutopsyText.Lines(box).Count(), 1, 2_000);
        Assert.All(box.Events, e => Assert.NotEqual(KernelEventKind.Created, e.Kind));
    }
}
