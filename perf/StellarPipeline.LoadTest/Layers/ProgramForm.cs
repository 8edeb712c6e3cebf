namespace StellarPipeline.LoadTest.Layers;

/// <summary>How the program that a layer runs was made.</summary>
internal enum ProgramForm
{
    /// <summary>As <c>dotnet build</c> leaves it: compiled while it runs.</summary>
    Built,

    /// <summary>As <c>dotnet publish</c> installs it: the product is compiled ahead, and runs on the machine's .NET.</summary>
    Published,

    /// <summary>As <c>dotnet publish --self-contained</c> installs it: the product and .NET are compiled ahead together.</summary>
    SelfContained,
}
