// The documents that --json prints: one object on standard output, members in camelCase, "schema" first.
// It knows nothing about what a verb reports; docs/cli.md describes each document.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OpenWsk.Cli.Output;

/// <summary>Writes JSON documents.</summary>
internal static class JsonReport
{
    /// <summary>
    /// The version of every document here; it changes when a member changes its meaning or goes away.
    /// </summary>
    public const int Schema = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The text of a document, ending in a line feed.</summary>
    public static string Write<T>(T document)
    {
        var body = JsonSerializer.SerializeToNode(document, Options)!.AsObject();
        var whole = new JsonObject { ["schema"] = Schema };
        foreach (var (name, value) in body.ToList())
        {
            body.Remove(name);
            whole[name] = value;
        }
        return whole.ToJsonString(Options) + "\n";
    }
}
