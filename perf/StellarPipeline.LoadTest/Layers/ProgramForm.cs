namespace StellarPipeline.LoadTest.Layers;

/// <summary>The form of the program that a layer runs.</summary>
internal enum ProgramForm
{
    /// <summary>As built by <c>dotnet build</c>: compiled at run time.</summary>
    Built,

    /// <summary>As installed by <c>dotnet publish</c>: compiled ahead of time, and run by the machine's .NET.</summary>
    Published,

    /// <summary>As installed by <c>dotnet publish --self-contained</c>: compiled ahead of time together with .NET.</summary>
    SelfContained,

    /// <summary>As installed by <c>dotnet publish -p:PublishAot=true</c>: native code that needs no .NET.</summary>
    Native,
}

internal static class ProgramForms
{
    /// <summary>Whether the program is started by its own file instead of by <c>dotnet</c>.</summary>
    public static bool IsExecutable(this ProgramForm form) => form is ProgramForm.SelfContained or ProgramForm.Native;
}
