// `openwsk run --net sim`: drivers in a closed world whose time and network are simulated. Time that passes
// in it is not waited for, a run follows from its seed, and a world in which nothing can happen any more is
// noticed at once. How the world works is tested with OpenWsk.Simulation.
using System.Globalization;
using System.Text.Json;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class SimulationTests : IDisposable
{
    private const string Toolchain = "clang";
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [Fact]
    public void Connecting_to_nobody_takes_the_time_that_windows_takes_and_none_of_ours()
    {
        var run = RunTo(0, Sample("connect"), "--", "RemoteAddress=10.0.0.2", "RemotePort=80");
        Assert.Contains("WskSocketConnect 10.0.0.2:80 -> STATUS 0xC00000B5", run.Out);
        Assert.Contains("simulated: 21.000000 s of its time", run.Error);
    }

    [Fact]
    public void Drivers_of_one_world_talk_to_each_other_and_the_same_seed_gives_the_same_run()
    {
        var (first, again) = (RunPair(9), RunPair(9));
        Assert.Equal(0, first.ExitCode);
        Assert.Contains("stress: 127.0.0.1:7000, 3 threads, 60 cycles, 0 failed", first.Out);
        Assert.Contains("echo-events: 60 connections, 3840 bytes", first.Out);
        Assert.Equal(first.Out, again.Out);
        Assert.Contains("again with --seed 9", again.Error);
        Assert.Contains(
            Enumerable.Range(10, 4), seed => RunPair(seed).Out != first.Out);
    }

    [Fact]
    public void Seconds_and_within_are_of_the_simulated_time()
    {
        var seconds = RunTo(0, Sample("echo-events"), "--seconds", "2h");
        Assert.Contains("simulated: 7200.000000 s", seconds.Error);
        var within = RunTo(124, Sample("echo-events"), "--within", "2h");
        Assert.Contains("the work had not ended within the time limit", within.Error);
    }

    [Fact]
    public void A_server_whom_nobody_can_reach_is_unloaded_and_told()
    {
        var run = Run(Sample("echo-calls"), "--json");
        using var document = JsonDocument.Parse(run.Out);
        var root = document.RootElement;
        Assert.Equal(0, root.GetProperty("exitCode").GetInt32());
        Assert.Equal("standstill", root.GetProperty("end").GetString());
        var why = root.GetProperty("standstill").GetString();
        Assert.Contains("nothing can happen any more in the simulated world", why);
        Assert.Contains("KeWaitForSingleObject, called from echo-calls.sys+0x", why);
        Assert.Contains("1 IRP waits for the network", why);
        Assert.Equal("unloaded", root.GetProperty("drivers")[0].GetProperty("fate").GetString());
        Assert.True(root.GetProperty("simulation").GetProperty("seconds").GetDouble() < 1);
    }

    [Fact]
    public void A_request_that_nobody_can_answer_is_cancelled_and_told()
    {
        const string Wait = @"\\.\OpenWskControl:0x222014:out=4";
        var run = RunTo(1, Sample("control"), "--ioctl", @"\\.\OpenWskControl:0x222004:in=hex:0102:out=4",
            "--ioctl", Wait);
        Assert.Contains("0x222004 -> STATUS_SUCCESS, information 4: 03000000", run.Out);
        Assert.Contains("0x222014 -> STATUS_CANCELLED", run.Out);
        Assert.Contains($"{Wait} was pending and is cancelled: nothing can happen any more", run.Error);
    }

    [Fact]
    public void The_variable_chooses_it_too_and_the_trace_tells()
    {
        using var process = Openwsk.StartWith("OPENWSK_NET", "sim", "run", Sample("connect"), "--trace",
            "--", "RemoteAddress=10.0.0.2", "RemotePort=80");
        var error = Openwsk.EndOf(process).Error;
        Assert.Contains("# network: simulated, threads in turns", error);
        Assert.Matches(@"\n +21\.000000 T\d+ +DISPATCH \* Irp=0x\w+ completed STATUS_IO_TIMEOUT", error);
    }

    [Theory]
    [InlineData("--net host --seed 7", "--seed is for a simulated network; add --net sim")]
    [InlineData("--net sim --seed x", "--seed x is no whole number")]
    [InlineData("--net sim --processors 2", "--processors 2 does not go with --net sim")]
    [InlineData("--net simulated", "write uring, host, auto or sim")]
    public void What_does_not_go_together_is_told(string options, string why)
    {
        var run = Openwsk.Run(["run", Sample("connect"), .. options.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(why, run.ErrorLine());
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void Hours_that_a_driver_waits_pass_at_once()
    {
        var run = RunTo(0, Build("HOURS"));
        Assert.Contains("hours: 3", run.Out);
        Assert.Contains("simulated: 10800.000000 s", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_timer_ticks_in_simulated_time()
    {
        var run = RunTo(0, Build("TIMER"), "--seconds", "60500ms");
        Assert.Contains("ticks: 60", run.Out);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_world_that_would_go_on_for_ever_is_interrupted()
    {
        using var process = Openwsk.Start("run", Build("TIMER"), "--net", "sim");
        Assert.Equal("set", process.StandardOutput.ReadLine());
        Openwsk.Interrupt(process);
        var run = Openwsk.EndOf(process);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("interrupted; the drivers were asked to unload", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_thread_that_asks_for_ever_is_named_and_ends_with_the_unload()
    {
        var run = RunTo(0, Build("POLL"));
        Assert.Matches("for all that guest thread \\d+ asks again and again", run.Error);
        Assert.Contains("the drivers were asked to unload", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_deadlock_is_a_hang_at_once_and_says_who_waits()
    {
        var entry = RunTo(5, _drivers.Build("planted", "ENTRY_HANG"));
        Assert.Contains(
            "DriverEntry of ENTRY_HANG.sys does not come back: nothing can happen any more", entry.Error);
        Assert.Contains("KeWaitForSingleObject\n    ENTRY_HANG.sys+0x", entry.Error);
        Assert.DoesNotContain("the time of the run was over", entry.Error);
        var unload = RunTo(5, _drivers.Build("planted", "HANG"));
        Assert.Contains("DriverUnload of HANG.sys does not come back: nothing can", unload.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void Driver_code_that_loops_is_a_hang_after_a_time_of_the_machine()
    {
        var run = RunTo(5, Build("LOOP"), "--hang-after", "3s");
        Assert.Contains("DriverEntry of LOOP.sys does not come back: driver code runs", run.Error);
        Assert.Contains("loops in LOOP.sys+0x", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_bug_check_and_a_leak_end_as_they_do_elsewhere()
    {
        var check = RunTo(4, _drivers.Build("planted", "BUG_CHECK"));
        Assert.Contains("stopped: BAD_POOL_CALLER (0xC2)", check.Error);
        var leak = RunTo(1, _drivers.Build("planted", "LEAK"));
        Assert.Contains("pool 'Leak': 1 block (100 bytes)", leak.Error);
    }

    private static string Sample(string name) => Repository.PathOf("samples", name, $"{name}.sys");

    private static Openwsk Run(params string[] words) =>
        Openwsk.Run(["run", words[0], "--net", "sim", .. words[1..]]);

    private static Openwsk RunTo(int exitCode, params string[] words)
    {
        var run = Run(words);
        Assert.Equal(exitCode, run.ExitCode);
        return run;
    }

    private static Openwsk RunPair(int seed) => Run(
        Sample("echo-events"), Sample("stress"), "--seed", seed.ToString(CultureInfo.InvariantCulture),
        "--param", "echo-events.sys:LocalPort=7000", "--param", "stress.sys:RemotePort=7000",
        "--param", "stress.sys:Threads=3", "--param", "stress.sys:Cycles=20");

    private string Build(string fault) => _drivers.Build("simulated", fault);
}
