// The text and the JSON form of crash reports: every part is there, lines fit a terminal, colour only by the
// style that is asked for.
using System.Text.Json.Nodes;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using Xunit;

namespace OpenWsk.Capture.Tests;

public sealed class CrashTextTests
{
    [Fact]
    public void Every_part_is_told()
    {
        var text = CrashText.Render(Reports.NullPointer());
        string[] parts =
        [
            "BUG CHECK 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL",
            "1  0x0000000000000008  the address that was used: a null pointer + 8",
            "2  0x0000000000000002  the IRQL at that time: DISPATCH_LEVEL",
            "0 reading, 1 writing, 2 or 8 executing: reading",
            "the instruction that did it: Touch+0x10 (sample.sys+0x1010), sample.c:12",
            "exception  STATUS_ACCESS_VIOLATION (0xC0000005), reading 0x8",
            "thread     T8 \"worker\" at DISPATCH_LEVEL",
            "=> 7f0000021010  8b4008                mov     eax, [rax+8]",
            "operand  [rax+0x8] with rax = 0x0 is 0x8: a null pointer + 8",
            "  rsp -> the guest stack of T8",
            " 0  Touch+0x10 (sample.sys+0x1010), sample.c:12",
            " 1  ntoskrnl.exe!KeInsertQueueDpc  [OpenWsk]",
            " 2  sample.sys+0x1100",
            "PDB ab age 1 (sample.pdb)",
            "note: DWARF cannot be used: it is damaged",
            "T12 at PASSIVE_LEVEL: ran code of a driver",
            "KeInsertQueueDpc(Dpc=0x1)",
            "openwsk run sample.sys",
            "flags 00010246 PF ZF IF",
        ];
        Assert.All(parts, part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.DoesNotContain("xmm0", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public void Lines_fit_a_terminal()
    {
        var report = Reports.NullPointer();
        var wordy = report with
        {
            Check = report.Check with { Detail = string.Join(' ', Enumerable.Repeat("wordy", 100)) },
            FaultAddressOwner = new string('x', 300),
            Events = [new string('e', 400)],
        };
        var text = CrashText.Render(wordy, new CrashTextStyle(ShowVectors: true));
        Assert.Contains("xmm15", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= CrashText.ColumnsMax, line));
    }

    [Fact]
    public void Colour_is_the_styles()
    {
        var text = CrashText.Render(
            Reports.NullPointer(), new CrashTextStyle(Bad: t => $"<{t}>", Strong: t => $"[{t}]"));
        Assert.StartsWith("<BUG CHECK 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL>\n", text);
        Assert.Contains("\n[stack]\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_document_has_its_version_and_every_part()
    {
        var document = CrashDocument.Make(Reports.NullPointer());
        Assert.Equal(1, (int)document["version"]!);
        Assert.Equal("0xd1", (string?)document["code"]);
        Assert.Equal("a null pointer + 8", (string?)document["faultAddressOwner"]);
        Assert.Equal("0x8", (string?)document["parameters"]![0]!["value"]);
        Assert.Equal("STATUS_ACCESS_VIOLATION", (string?)document["exception"]!["name"]);
        Assert.Equal("0x10246", (string?)document["registers"]!["eflags"]);
        Assert.Equal(12, (int)document["stack"]![0]!["line"]!);
        Assert.True((bool)document["stack"]![1]!["isRoutine"]!);
        Assert.Equal("sample.sys", (string?)document["drivers"]![0]!["name"]);
        Assert.Equal(2, document["threads"]!.AsArray().Count);
        Assert.Single(document["lastEvents"]!.AsArray());
        Assert.NotNull(JsonNode.Parse(document.ToJsonString()));
    }

    [Fact]
    public void A_bug_check_without_driver_code_is_told_too()
    {
        var report = new CrashReport { Check = new BugCheck(0x1234u, 1, 2, 3, 4) };
        var text = CrashText.Render(report);
        Assert.StartsWith("BUG CHECK 0x1234  bug check\n  1  0x0000000000000001\n", text);
        Assert.Contains("no code of a driver was running", text, StringComparison.Ordinal);
        Assert.Equal("0x1234", (string?)CrashDocument.Make(report)["code"]);
    }

    [Fact]
    public void Parameters_of_known_bug_checks_have_four_meanings()
    {
        foreach (var code in Enum.GetValues<BugCheckCode>())
            Assert.Equal(4, BugCheckParameters.Meanings((uint)code).Count);
        var check = new BugCheck(BugCheckCode.KMODE_EXCEPTION_NOT_HANDLED, (uint)NTSTATUS.STATUS_BREAKPOINT);
        var text = CrashText.Render(new CrashReport { Check = check });
        Assert.Contains("the exception that nobody handled: STATUS_BREAKPOINT", text);
    }
}
