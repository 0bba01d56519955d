// A Terraform provider that has a schema and nothing behind it.
//
// Beside the program lies schema.json. Terraform asks it which resources there are and of which types
// their attributes are, and checks configurations against that; nothing is ever planned or applied
// here, for in `terraform test` a mock_provider does that.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func main() {
	name, provider, err := load()
	if err == nil {
		err = tf6server.Serve(
			"registry.terraform.io/hashicorp/"+name,
			func() tfprotov6.ProviderServer { return provider },
		)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// load reads the schema that lies beside the program, whose name says of which provider it is.
func load() (string, *server, error) {
	program, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(program), "terraform-provider-"), "_")
	file := filepath.Join(filepath.Dir(program), "schema.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", nil, err
	}
	var read providerSchema
	if err := json.Unmarshal(text, &read); err != nil {
		return "", nil, fmt.Errorf("%s: %w", file, err)
	}
	served, err := read.protocol()
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", file, err)
	}
	return name, &server{schema: served}, nil
}

// server answers what Terraform asks of a provider before it plans. What it would ask to plan or apply
// is answered with an error by the embedded interface's stand-in.
type server struct {
	tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

func (s *server) GetProviderSchema(
	context.Context, *tfprotov6.GetProviderSchemaRequest,
) (*tfprotov6.GetProviderSchemaResponse, error) {
	return s.schema, nil
}

func (s *server) GetMetadata(
	context.Context, *tfprotov6.GetMetadataRequest,
) (*tfprotov6.GetMetadataResponse, error) {
	metadata := &tfprotov6.GetMetadataResponse{ServerCapabilities: s.schema.ServerCapabilities}
	for name := range s.schema.ResourceSchemas {
		metadata.Resources = append(metadata.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for name := range s.schema.DataSourceSchemas {
		metadata.DataSources = append(metadata.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return metadata, nil
}

func (s *server) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) ValidateProviderConfig(
	_ context.Context, request *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (s *server) ValidateResourceConfig(
	_ context.Context, request *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	schema := s.schema.ResourceSchemas[request.TypeName]
	config, err := request.Config.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: setByProvider(schema.Block, config)}, nil
}

// setByProvider finds values for attributes that can only be read. Terraform leaves that to providers.
func setByProvider(block *tfprotov6.SchemaBlock, value tftypes.Value) []*tfprotov6.Diagnostic {
	var members map[string]tftypes.Value
	if value.IsNull() || !value.IsKnown() || value.As(&members) != nil {
		return nil
	}
	var found []*tfprotov6.Diagnostic
	for _, attribute := range block.Attributes {
		if attribute.Computed && !attribute.Optional && !members[attribute.Name].IsNull() {
			found = append(found, &tfprotov6.Diagnostic{
				Severity: tfprotov6.DiagnosticSeverityError,
				Summary:  "Value for a read-only attribute",
				Detail:   fmt.Sprintf("%s is set by the provider: leave it out.", attribute.Name),
			})
		}
	}
	for _, nested := range block.BlockTypes {
		blocks := []tftypes.Value{members[nested.TypeName]}
		if nested.Nesting == tfprotov6.SchemaNestedBlockNestingModeList ||
			nested.Nesting == tfprotov6.SchemaNestedBlockNestingModeSet {
			blocks = nil
			if inner := members[nested.TypeName]; inner.IsKnown() && !inner.IsNull() {
				_ = inner.As(&blocks)
			}
		}
		for _, inner := range blocks {
			found = append(found, setByProvider(nested.Block, inner)...)
		}
	}
	return found
}

func (s *server) ValidateDataResourceConfig(
	context.Context, *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

// UpgradeResourceState takes a state of an earlier run as it is: there is one version of each schema.
func (s *server) UpgradeResourceState(
	_ context.Context, request *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	type_ := s.schema.ResourceSchemas[request.TypeName].ValueType()
	value, err := request.RawState.Unmarshal(type_)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(type_, value)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, nil
}

func (s *server) StopProvider(
	context.Context, *tfprotov6.StopProviderRequest,
) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// The form in which `terraform providers schema -json` writes a schema.
type (
	providerSchema struct {
		Provider    resourceSchema            `json:"provider"`
		Resources   map[string]resourceSchema `json:"resource_schemas"`
		DataSources map[string]resourceSchema `json:"data_source_schemas"`
	}
	resourceSchema struct {
		Version int64       `json:"version"`
		Block   blockSchema `json:"block"`
	}
	blockSchema struct {
		Attributes map[string]attributeSchema `json:"attributes"`
		BlockTypes map[string]blockTypeSchema `json:"block_types"`
	}
	attributeSchema struct {
		Type     json.RawMessage `json:"type"`
		Nested   *nestedSchema   `json:"nested_type"`
		Required bool            `json:"required"`
		Optional bool            `json:"optional"`
		Computed bool            `json:"computed"`
	}
	nestedSchema struct {
		Nesting    string                     `json:"nesting_mode"`
		Attributes map[string]attributeSchema `json:"attributes"`
	}
	blockTypeSchema struct {
		Nesting  string      `json:"nesting_mode"`
		Block    blockSchema `json:"block"`
		MinItems int64       `json:"min_items"`
		MaxItems int64       `json:"max_items"`
	}
)

var blockNesting = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
	"map":    tfprotov6.SchemaNestedBlockNestingModeMap,
}

var attributeNesting = map[string]tfprotov6.SchemaObjectNestingMode{
	"single": tfprotov6.SchemaObjectNestingModeSingle,
	"list":   tfprotov6.SchemaObjectNestingModeList,
	"set":    tfprotov6.SchemaObjectNestingModeSet,
	"map":    tfprotov6.SchemaObjectNestingModeMap,
}

func (p providerSchema) protocol() (*tfprotov6.GetProviderSchemaResponse, error) {
	provider, err := p.Provider.protocol()
	if err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	response := &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true},
		Provider:           provider,
		ResourceSchemas:    map[string]*tfprotov6.Schema{},
		DataSourceSchemas:  map[string]*tfprotov6.Schema{},
	}
	for name, resource := range p.Resources {
		if response.ResourceSchemas[name], err = resource.protocol(); err != nil {
			return nil, fmt.Errorf("resource %s: %w", name, err)
		}
	}
	for name, source := range p.DataSources {
		if response.DataSourceSchemas[name], err = source.protocol(); err != nil {
			return nil, fmt.Errorf("data source %s: %w", name, err)
		}
	}
	return response, nil
}

func (r resourceSchema) protocol() (*tfprotov6.Schema, error) {
	block, err := r.Block.protocol()
	return &tfprotov6.Schema{Version: r.Version, Block: block}, err
}

func (b blockSchema) protocol() (*tfprotov6.SchemaBlock, error) {
	attributes, err := protocolAttributes(b.Attributes)
	if err != nil {
		return nil, err
	}
	block := &tfprotov6.SchemaBlock{Attributes: attributes}
	for name, type_ := range b.BlockTypes {
		inner, err := type_.Block.protocol()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		nested := &tfprotov6.SchemaNestedBlock{
			TypeName: name,
			Block:    inner,
			Nesting:  blockNesting[type_.Nesting],
		}
		// A single block has no number, and of a map's there may be any.
		if type_.Nesting == "list" || type_.Nesting == "set" {
			nested.MinItems, nested.MaxItems = type_.MinItems, type_.MaxItems
		}
		block.BlockTypes = append(block.BlockTypes, nested)
	}
	return block, nil
}

func protocolAttributes(read map[string]attributeSchema) ([]*tfprotov6.SchemaAttribute, error) {
	var attributes []*tfprotov6.SchemaAttribute
	for name, attribute := range read {
		served := &tfprotov6.SchemaAttribute{
			Name:     name,
			Required: attribute.Required,
			Optional: attribute.Optional,
			Computed: attribute.Computed,
		}
		if attribute.Nested != nil {
			inner, err := protocolAttributes(attribute.Nested.Attributes)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			served.NestedType = &tfprotov6.SchemaObject{
				Attributes: inner,
				Nesting:    attributeNesting[attribute.Nested.Nesting],
			}
		} else {
			//lint:ignore SA1019 this is the only reader of the form that Terraform writes types in
			type_, err := tftypes.ParseJSONType(attribute.Type)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			served.Type = type_
		}
		attributes = append(attributes, served)
	}
	return attributes, nil
}
