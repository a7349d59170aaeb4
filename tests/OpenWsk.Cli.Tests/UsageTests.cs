// The command line as users mistype it: each mistake gives exit code 2 and one line that says what to do.
// Runs the program as a process. It knows nothing about what the verbs do.
using System.Text.Json;
using OpenWsk.Cli.CommandLine;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("doctro", "did you mean 'doctor'?")]
    [InlineData("contract --jsn", "did you mean '--json'?")]
    [InlineData("doctor x", "openwsk doctor --help")]
    [InlineData("help exitcodes", "did you mean 'exit-codes'?")]
    [InlineData("--json", "name a verb")]
    [InlineData("compat no-such-routine", "try a shorter part")]
    [InlineData("run x.sys --processors 0", "write one from 1 to 64")]
    public void A_mistake_gives_one_line_that_says_what_to_do(string words, string advice)
    {
        var run = Openwsk.Run(words.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.Contains(advice, run.ErrorLine());
    }

    [Fact]
    public void No_words_print_twelve_lines_with_three_examples()
    {
        var run = Openwsk.Run();
        Assert.Equal(0, run.ExitCode);
        var lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 10, 12);
        Assert.Equal(3, lines.Count(line => line.StartsWith("  openwsk ")));
    }

    [Fact]
    public void Exit_codes_are_printed_and_each_is_named_once()
    {
        var run = Openwsk.Run("help", "exit-codes");
        Assert.Equal(0, run.ExitCode);
        foreach (var code in new[] { 0, 1, 2, 3, 4, 5, 70, 77, 124, 130 })
            Assert.Single(run.Out.Split('\n'), line => line.TrimStart().StartsWith($"{code}  "));
    }

    [Theory]
    [InlineData("version")]
    [InlineData("doctor")]
    [InlineData("compat")]
    [InlineData("help exit-codes")]
    public void Json_is_one_document_with_its_schema_first(string words)
    {
        var run = Openwsk.Run([.. words.Split(' '), "--json"]);
        using var document = JsonDocument.Parse(run.Out);
        Assert.Equal("schema", document.RootElement.EnumerateObject().First().Name);
        Assert.Equal(1, document.RootElement.GetProperty("schema").GetInt32());
    }

    [Fact]
    public void Contract_json_has_the_documented_shape()
    {
        using var document = JsonDocument.Parse(Openwsk.Run("contract", "--json").Out);
        var root = document.RootElement;
        foreach (var side in new[] { "provider", "client" })
        {
            Assert.True(root.GetProperty(side).GetProperty("rules").GetInt32() > 0);
            Assert.True(root.GetProperty(side).GetProperty("proven").GetInt32() >= 0);
        }
        Assert.Contains(
            root.GetProperty("groups").EnumerateArray(), g => g.GetProperty("id").GetString() == "SCONN");
        foreach (var open in root.GetProperty("open").EnumerateArray())
            Assert.NotEqual("", open.GetProperty("why").GetString());
    }

    [Theory]
    [InlineData("20s", 20_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5m", 90_000)]
    [InlineData("2h", 7_200_000)]
    public void Durations_carry_units(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Duration.TryParse(text));

    [Theory]
    [InlineData("20")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1e9s")]
    [InlineData("3 s")]
    [InlineData("99999999999999999999h")]
    public void Durations_without_unit_or_sense_are_refused(string text) =>
        Assert.Null(Duration.TryParse(text));

    [Fact]
    public void A_bare_number_takes_the_unit_that_the_option_names() =>
        Assert.Equal(TimeSpan.FromSeconds(7), Duration.TryParse("7", "s"));

    [Fact]
    public void A_driver_file_alone_means_run_and_what_follows_dashes_is_the_drivers() => Assert.Equal(
        ["run", "a.sys", "--trace=-", "--param=Port=80"],
        Preparation.Prepare(["a.sys", "--trace", "--", "Port=80"]));
}
