// Reads the [Rule] attributes of a compiled test assembly from its metadata. Nothing of the assembly is
// loaded or run, so any number of test projects can be read side by side. It does not know how the tests
// ended: that is the record's.
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using OpenWsk.Contract;

namespace OpenWsk.TestSupport;

/// <summary>One citation of an id by a test method.</summary>
/// <param name="ClassName">The class that runs it, as test results name it.</param>
/// <param name="Method">The method's name.</param>
/// <param name="Id">The cited id, which may not exist.</param>
/// <param name="Twin">Half of a client rule.</param>
/// <param name="IsTest">False when the method carries no fact or theory, so that the citation proves
/// nothing.</param>
public sealed record Citation(string ClassName, string Method, string Id, Twin Twin, bool IsTest)
{
    /// <summary>Class and method.</summary>
    public string TestName => $"{ClassName}.{Method}";
}

/// <summary>Finds citations.</summary>
public static class Citations
{
    /// <summary>
    /// All citations of an assembly, inherited test methods under the class that inherits them.
    /// </summary>
    public static IReadOnlyList<Citation> Read(string assemblyPath)
    {
        using var file = File.OpenRead(assemblyPath);
        using var image = new PEReader(file);
        var reader = image.GetMetadataReader();
        return
        [
            .. reader.TypeDefinitions
                .Where(handle => !IsAbstract(reader.GetTypeDefinition(handle)))
                .SelectMany(handle => OfClass(reader, handle)),
        ];
    }

    private static IEnumerable<Citation> OfClass(MetadataReader reader, TypeDefinitionHandle concrete)
    {
        var className = NameOf(reader, concrete);
        foreach (var handle in WithBases(reader, concrete))
        {
            var type = reader.GetTypeDefinition(handle);
            var onClass = Rules(reader, type.GetCustomAttributes()).ToList();
            foreach (var method in type.GetMethods().Select(reader.GetMethodDefinition))
            {
                var isTest = IsTest(reader, method);
                var onMethod = Rules(reader, method.GetCustomAttributes());
                foreach (var (id, twin) in isTest ? onClass.Concat(onMethod) : onMethod)
                {
                    yield return new Citation(className, reader.GetString(method.Name), id, twin, isTest);
                }
            }
        }
    }

    private static IEnumerable<TypeDefinitionHandle> WithBases(
        MetadataReader reader, TypeDefinitionHandle handle)
    {
        while (true)
        {
            yield return handle;
            var parent = reader.GetTypeDefinition(handle).BaseType;
            if (parent.IsNil || parent.Kind != HandleKind.TypeDefinition)
            {
                yield break;
            }
            handle = (TypeDefinitionHandle)parent;
        }
    }

    private static IEnumerable<(string Id, Twin Twin)> Rules(
        MetadataReader reader, CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes.Select(reader.GetCustomAttribute))
        {
            if (TypeNameOf(reader, attribute) == nameof(RuleAttribute))
            {
                var arguments = attribute.DecodeValue(AttributeTypes.Instance).FixedArguments;
                yield return ((string)arguments[0].Value!, (Twin)(int)arguments[1].Value!);
            }
        }
    }

    private static bool IsTest(MetadataReader reader, MethodDefinition method) =>
        method.GetCustomAttributes()
            .Select(handle => TypeNameOf(reader, reader.GetCustomAttribute(handle)))
            .Any(name => name.EndsWith("FactAttribute", StringComparison.Ordinal)
                || name.EndsWith("TheoryAttribute", StringComparison.Ordinal));

    private static string TypeNameOf(MetadataReader reader, CustomAttribute attribute)
    {
        var owner = attribute.Constructor.Kind == HandleKind.MemberReference
            ? reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent
            : reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType();
        return owner.Kind switch
        {
            HandleKind.TypeReference =>
                reader.GetString(reader.GetTypeReference((TypeReferenceHandle)owner).Name),
            HandleKind.TypeDefinition =>
                reader.GetString(reader.GetTypeDefinition((TypeDefinitionHandle)owner).Name),
            _ => "",
        };
    }

    private static string NameOf(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        if (!type.GetDeclaringType().IsNil)
        {
            return $"{NameOf(reader, type.GetDeclaringType())}+{name}";
        }
        var space = reader.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    private static bool IsAbstract(TypeDefinition type) =>
        (type.Attributes & System.Reflection.TypeAttributes.Abstract) != 0;

    /// <summary>The types that occur in the attribute's constructor: a string and an enum of int.</summary>
    private sealed class AttributeTypes : ICustomAttributeTypeProvider<string>
    {
        internal static readonly AttributeTypes Instance = new();

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSystemType() => "Type";

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(
            MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromReference(
            MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeReference(handle).Name);

        public string GetTypeFromSerializedName(string name) => name;

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        public bool IsSystemType(string type) => type == "Type";
    }
}
