using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("StellarPipeline.Archive.Tests")]
[assembly: InternalsVisibleTo("StellarPipeline.Benchmarks")]
[assembly: InternalsVisibleTo("StellarPipeline.Fuzz.Tests")]
[assembly: InternalsVisibleTo("StellarPipeline.LoadTest")]
