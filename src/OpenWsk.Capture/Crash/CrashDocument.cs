// The crash report as a JSON object; docs/crash-reports.md describes its members. Numbers that are addresses
// or registers are strings in hexadecimal, because JSON's readers lose bits of 64. It decides nothing; the
// text is CrashText.cs.
using System.Text.Json.Nodes;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>Writes crash reports as JSON.</summary>
public static class CrashDocument
{
    /// <summary>Changes when a member changes its meaning or goes away.</summary>
    public const int Version = 1;

    /// <summary>The object.</summary>
    public static JsonObject Make(CrashReport report)
    {
        var check = report.Check;
        var document = new JsonObject
        {
            ["version"] = Version,
            ["code"] = Hex(check.Code),
            ["name"] = check.Name,
            ["detail"] = check.Detail,
            ["parameters"] = Parameters(report),
            ["timeNs"] = report.TimeNs,
            ["place"] = report.Place,
            ["faultAddress"] = report.FaultAddress is { } address ? Hex(address) : null,
            ["faultAddressOwner"] = report.FaultAddressOwner,
        };
        if (check.Snapshot is { } snapshot)
            AddSnapshot(document, snapshot, report);
        document["stack"] = List(report.Stack, Frame);
        if (report.BlockMade.Count != 0)
            document["blockMade"] = List(report.BlockMade, Frame);
        if (report.BlockFreed.Count != 0)
            document["blockFreed"] = List(report.BlockFreed, Frame);
        document["threads"] = List(report.Threads, Thread);
        document["drivers"] = List(report.Modules, Module);
        document["lastEvents"] = List(report.Events, line => JsonValue.Create(line));
        document["command"] = report.Command;
        RemoveNulls(document);
        return document;
    }

    private static void AddSnapshot(JsonObject document, FaultSnapshot snapshot, CrashReport report)
    {
        document["thread"] = new JsonObject
        {
            ["id"] = snapshot.ThreadId,
            ["name"] = snapshot.ThreadName,
            ["irql"] = Irql.Name(snapshot.Irql),
        };
        document["routine"] = snapshot.Routine;
        if (snapshot.Exception is { } record)
            document["exception"] = Exception(record);
        document["instructions"] = List(report.Instructions, Instruction);
        document["operand"] = report.Operand;
        document["registers"] = Registers(snapshot.Context);
        document["registersPointTo"] = List(report.Registers, register => new JsonObject
        {
            ["name"] = register.Name,
            ["pointsTo"] = register.PointsTo,
        });
    }

    private static JsonArray Parameters(CrashReport report)
    {
        var check = report.Check;
        var meanings = BugCheckParameters.Meanings(check.Code);
        return List(BugCheckParameters.Values(check).Select((value, i) => (value, i)), p => new JsonObject
        {
            ["value"] = Hex(p.value),
            ["meaning"] = meanings[p.i],
            ["pointsTo"] = report.ParameterOwners.ElementAtOrDefault(p.i),
        });
    }

    private static JsonObject Exception(EXCEPTION_RECORD record)
    {
        var words = new JsonArray();
        for (var i = 0; i < Math.Min(record.NumberParameters, 15); i++)
            words.Add(Hex(record.ExceptionInformation[i]));
        return new JsonObject
        {
            ["code"] = Hex((uint)record.ExceptionCode),
            ["name"] = record.ExceptionCode.Name(),
            ["flags"] = Hex(record.ExceptionFlags),
            ["address"] = Hex(record.ExceptionAddress),
            ["information"] = words,
        };
    }

    private static JsonObject Instruction(CrashInstruction instruction) => new()
    {
        ["address"] = Hex(instruction.Address),
        ["bytes"] = Convert.ToHexStringLower([.. instruction.Bytes]),
        ["text"] = instruction.Text,
        ["isFault"] = instruction.IsFault,
    };

    private static JsonObject Registers(in CONTEXT c)
    {
        (string Name, ulong Value)[] general =
        [
            ("rax", c.Rax), ("rcx", c.Rcx), ("rdx", c.Rdx), ("rbx", c.Rbx), ("rsp", c.Rsp), ("rbp", c.Rbp),
            ("rsi", c.Rsi), ("rdi", c.Rdi), ("r8", c.R8), ("r9", c.R9), ("r10", c.R10), ("r11", c.R11),
            ("r12", c.R12), ("r13", c.R13), ("r14", c.R14), ("r15", c.R15),
            ("rip", c.Rip), ("eflags", c.EFlags),
        ];
        var registers = new JsonObject();
        foreach (var (name, value) in general)
            registers[name] = Hex(value);
        for (var i = 0; i < 16; i++)
            registers[$"xmm{i}"] = $"0x{c.Xmm[i].High:x16}{c.Xmm[i].Low:x16}";
        return registers;
    }

    private static JsonObject Frame(CrashFrame frame)
    {
        var node = new JsonObject
        {
            ["address"] = frame.IsRoutine ? null : Hex(frame.Address),
            ["driver"] = frame.Module,
            ["offset"] = frame.Module is null ? null : Hex(frame.ModuleOffset),
            ["function"] = frame.Function,
            ["functionOffset"] = frame.Function is null || frame.IsRoutine ? null : Hex(frame.FunctionOffset),
            ["file"] = frame.File,
            ["line"] = frame.File is null ? null : frame.Line,
            ["isRoutine"] = frame.IsRoutine,
        };
        RemoveNulls(node);
        return node;
    }

    private static JsonObject Thread(CrashThread thread) => new()
    {
        ["id"] = thread.Id,
        ["name"] = thread.Name,
        ["irql"] = Irql.Name(thread.Irql),
        ["state"] = thread.State,
        ["stack"] = List(thread.Stack, Frame),
    };

    private static JsonObject Module(CrashModule module) => new()
    {
        ["name"] = module.Name,
        ["start"] = Hex(module.Start),
        ["bytes"] = module.SizeBytes,
        ["timeStamp"] = Hex(module.TimeStamp),
        ["checkSum"] = Hex(module.CheckSum),
        ["pdb"] = module.PdbIdentity,
        ["symbols"] = List(module.Symbols, text => JsonValue.Create(text)),
        ["notes"] = List(module.SymbolNotes, text => JsonValue.Create(text)),
    };

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> make) =>
        new([.. items.Select(make)]);

    private static string Hex(ulong value) => $"0x{value:x}";

    private static void RemoveNulls(JsonObject node)
    {
        foreach (var name in node.Where(member => member.Value is null).Select(member => member.Key).ToList())
            node.Remove(name);
    }
}
